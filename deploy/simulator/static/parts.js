// Pieces that bubbles, cards and Flex share.

import { make, t } from "./dom.js";

/** In place of a picture somewhere on the net: the page loads nothing from outside. */
export function away(url, className = "picture-away") {
  let host = url;
  try {
    host = new URL(url).host;
  } catch {
    host = "?";
  }
  return make("div", { class: className, textContent: t("remoteImage", { host }) });
}

/** Makes any element a button for mouse and keyboard. */
export function tappable(node, listener) {
  node.setAttribute("role", "button");
  node.tabIndex = 0;
  node.addEventListener("click", (event) => {
    event.stopPropagation();
    listener(event);
  });
  node.addEventListener("keydown", (event) => {
    if (event.target !== node || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    listener(event);
  });
  return node;
}
