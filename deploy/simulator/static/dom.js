// Small helpers for the page: elements, words, notices. Words people read stand in the HTML template.

const words = new Map(
  [...document.querySelectorAll("#texts [data-key]")].map((node) => [node.dataset.key, node.textContent]),
);

/** The words for this key; `{name}` is replaced from `values`. */
export function t(key, values = {}) {
  return (words.get(key) ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** A copy of a piece of the HTML template. */
export function piece(name) {
  return document.getElementById(`piece-${name}`).content.firstElementChild.cloneNode(true);
}

/** An element with properties (`class`, `data`, `on`, or any property of the element) and children. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function toast(text) {
  const node = make("p", { class: "toast", textContent: text });
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), 3600);
}

/** The function, called at most once in so many milliseconds; the last call is never lost. */
export function calmly(milliseconds, work) {
  let timer = null;
  let again = false;
  const later = () => {
    timer = null;
    if (again) run();
  };
  const run = () => {
    again = false;
    timer = setTimeout(later, milliseconds);
    work();
  };
  return () => {
    if (timer === null) run();
    else again = true;
  };
}

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("ja-JP", { hour: "numeric", minute: "2-digit" });
}

/** 「今日」, or the date with its weekday. */
export function day(milliseconds) {
  const date = new Date(milliseconds);
  if (date.toDateString() === new Date().toDateString()) return t("today");
  return date.toLocaleDateString("ja-JP", { month: "numeric", day: "numeric", weekday: "short" });
}
