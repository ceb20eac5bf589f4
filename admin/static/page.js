// After an answer arrives, the message about it gets the focus, so that eyes, keyboard and screen reader meet there.
(() => {
  "use strict";
  const meet = (root) => {
    const message = root.querySelector("[data-meet]");
    if (message) message.focus();
  };
  document.addEventListener("DOMContentLoaded", () => meet(document));
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target && event.detail.target.id === "main") meet(document);
  });
  // A form answers once: a second press while the first is on its way is dropped.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.closest("[hx-boost], [data-hx-boost]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
