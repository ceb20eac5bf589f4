// Keyboard: j/k move in the list, Enter opens (the link has the focus), g goes to the inbox, ? shows the help.
// Single keys can be switched off in the help (WCAG 2.1.4); the choice stays in this browser.
(() => {
  "use strict";
  const OFF = "kizuki.keys.off";
  const help = document.getElementById("key-help");
  const toggle = document.getElementById("key-toggle");
  if (!help || !toggle) return;

  const stored = () => {
    try {
      return window.localStorage.getItem(OFF) === "1";
    } catch {
      return false; // storage is closed in this browser: the keys stay on
    }
  };
  const store = (off) => {
    try {
      window.localStorage.setItem(OFF, off ? "1" : "0");
    } catch {
      toggle.disabled = true; // the choice cannot be kept here
    }
  };
  toggle.checked = !stored();
  toggle.addEventListener("change", () => store(!toggle.checked));

  const typing = (node) => node instanceof HTMLElement && node.matches("input, select, textarea, [contenteditable]");
  const rows = () => Array.from(document.querySelectorAll("[data-row]"));
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
    all[next].focus();
    all[next].closest("li").scrollIntoView({ block: "nearest" });
  };
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    g: () => window.location.assign(help.dataset.inbox),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || help.open) return;
    const act = actions[event.key];
    if (!act || (!toggle.checked && event.key !== "?")) return;
    event.preventDefault();
    act();
  });
  for (const button of document.querySelectorAll("[data-key-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
})();
