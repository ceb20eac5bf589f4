// 画面をすぐ閉じる: the screen is blank at once, this browser has the form no longer, and Back does not show it.
(() => {
  "use strict";
  const PRESSES = 3;
  const WITHIN = 2000; // milliseconds
  const away = document.body.dataset.exit;
  const button = document.querySelector("[data-leave]");

  const tell = (address) => {
    if (!address) return;
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(document.getElementById("fields"))) {
      if (typeof value === "string") typed.append(name, value);
    }
    // A very long text is more than a browser takes along while it leaves; it was saved while it was typed.
    if (!navigator.sendBeacon(address, typed)) navigator.sendBeacon(address, new URLSearchParams());
  };
  const leave = () => {
    tell(button && button.dataset.leave);
    document.documentElement.replaceChildren();
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
