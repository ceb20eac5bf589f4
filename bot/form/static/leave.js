// 画面をすぐ閉じる: the screen is blank at once, the form ends, and no way back shows it. It comes before the page itself.
(() => {
  "use strict";
  const PRESSES = 3;
  const WITHIN = 2000; // milliseconds
  const LONGEST_TELLING = 700; // milliseconds; the screen is blank all the while
  const LONGEST_LIFE = 7200000; // milliseconds; no form is open for longer
  const KEY = "left";
  const page = document.documentElement;
  const away = page.dataset.exit;

  // Which forms were left here, and until when that matters: addresses alone, nothing that was written.
  const marks = () => {
    try {
      const kept = Object.entries(JSON.parse(localStorage.getItem(KEY)) || {});
      const live = Object.fromEntries(kept.filter(([, end]) => end > Date.now()));
      if (kept.length && !Object.keys(live).length) localStorage.removeItem(KEY);
      return live;
    } catch {
      return {}; // A browser that lends no storage; leaving works all the same.
    }
  };
  const mark = (form) => {
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...marks(), [form]: Date.now() + LONGEST_LIFE }));
    } catch {
      // As above.
    }
  };
  const leftHere = () => Object.keys(marks()).find((form) => `${location.pathname}/`.startsWith(`${form}/`));

  // Nothing on the way may keep the page from going: whatever breaks, the last line is reached.
  const goAway = async (form) => {
    page.hidden = true;
    try {
      const told = fetch(`${form}/leave`, { method: "POST", keepalive: true, redirect: "manual" });
      await Promise.race([told, new Promise((over) => setTimeout(over, LONGEST_TELLING))]);
    } catch {
      // The server has not heard of it; it is told again when somebody comes back.
    } finally {
      location.replace(away);
    }
  };
  const leave = () => {
    const button = document.querySelector("[data-leave]");
    const form = button ? button.dataset.leave : "";
    page.hidden = true;
    page.textContent = "";
    if (!form) return location.replace(away);
    mark(form);
    goAway(form);
  };
  const awayIfLeft = () => {
    const form = leftHere();
    if (form) goAway(form);
    return Boolean(form);
  };

  awayIfLeft();
  // Left in another tab.
  window.addEventListener("storage", awayIfLeft);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-leave]")) return;
    event.preventDefault();
    leave();
  });
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    presses = [...presses.filter((at) => event.timeStamp - at < WITHIN), event.timeStamp];
    if (presses.length >= PRESSES) leave();
  });
  // A page that the browser kept whole is asked for again: it may no longer be this browser's to show.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    page.hidden = true;
    if (!awayIfLeft()) location.reload();
  });
})();
