// 画面をすぐ閉じる: the screen is blank at once, this browser has the form no longer, and Back does not show it.
(() => {
  "use strict";
  const PRESSES = 3;
  const WITHIN = 2000; // milliseconds
  const away = document.body.dataset.exit;
  const button = document.querySelector("[data-leave]");

  const LONGEST_TELLING = 700; // milliseconds; the screen is blank all the while
  const LEFT = "left";

  // Back came before the server had heard of the leaving: away again. Only the address is remembered, in this tab.
  if (sessionStorage.getItem(LEFT) === location.pathname) {
    document.documentElement.replaceChildren();
    location.replace(away);
    return;
  }

  const tell = (address) => {
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(document.getElementById("fields"))) {
      if (typeof value === "string") typed.append(name, value);
    }
    const send = (body) => fetch(address, { method: "POST", body, keepalive: true, redirect: "manual" });
    // A very long text is more than a browser takes along while it leaves; it was saved while it was typed.
    return send(typed).catch(() => send(new URLSearchParams()));
  };
  const leave = async () => {
    const address = button && button.dataset.leave;
    const told = address ? tell(address).catch(() => {}) : null;
    document.documentElement.replaceChildren();
    if (told) {
      sessionStorage.setItem(LEFT, address.replace(/\/leave$/, ""));
      await Promise.race([told, new Promise((over) => setTimeout(over, LONGEST_TELLING))]);
    }
    location.replace(away);
  };

  if (button) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      leave();
    });
  }
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    presses = [...presses.filter((at) => event.timeStamp - at < WITHIN), event.timeStamp];
    if (presses.length >= PRESSES) leave();
  });
  // A page that the browser kept whole is asked for again: it may no longer be this browser's to show.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      document.documentElement.hidden = true;
      location.reload();
    }
  });
})();
