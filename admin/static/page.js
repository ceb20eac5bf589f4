// After an answer arrives, the message about it gets the focus, so that eyes, keyboard and screen reader meet there.
(() => {
  "use strict";
  const meet = (root) => {
    const message = root.querySelector("[data-meet]");
    if (!message) return;
    message.focus();
    const drawer = message.closest(".drawer"); // opened at the end of a long page: the whole of it is brought into sight
    if (drawer) drawer.scrollIntoView({ block: "nearest" });
  };
  // Tabs that do not fit scroll sideways: the current one is brought into sight, the page itself does not move.
  const showTab = () => {
    const current = document.querySelector(".tabs [aria-current]");
    if (!current) return;
    const tabs = current.parentElement;
    const [inner, outer] = [current.getBoundingClientRect(), tabs.getBoundingClientRect()];
    tabs.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
  };
  // Folds that only save room on a telephone stand open where there is room.
  if (window.matchMedia("(min-width: 40.01rem)").matches) {
    for (const fold of document.querySelectorAll("details[data-open-wide]")) fold.open = true;
  }
  showTab();
  document.addEventListener("DOMContentLoaded", () => meet(document));
  document.addEventListener("htmx:afterSettle", (event) => {
    showTab();
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
