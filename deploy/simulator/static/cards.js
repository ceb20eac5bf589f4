// Template messages: buttons, confirm, carousel, image carousel; and imagemaps.

import { make } from "./dom.js";
import { away, tappable } from "./parts.js";

/** `button(action)` gives the listener that taps this action. */
export function template(content, button) {
  return KINDS[content.type](content, button);
}

function buttons(actions, button, className = "card-buttons") {
  const made = actions.map((action) => make("button", { type: "button", textContent: action.label, on: { click: button(action) } }));
  return make("div", { class: className }, ...made);
}

function words(card) {
  const title = card.title ? make("strong", { textContent: card.title }) : null;
  return make("div", { class: "card-words" }, title, card.text);
}

function head(card, button, ratio) {
  if (!card.thumbnailImageUrl) return null;
  const image = away(card.thumbnailImageUrl, ratio === "square" ? "card-image square" : "card-image");
  if (card.imageBackgroundColor) image.style.backgroundColor = card.imageBackgroundColor;
  return card.defaultAction ? tappable(image, button(card.defaultAction)) : image;
}

const card = (content, button, ratio) =>
  make("div", { class: "card" }, head(content, button, ratio), words(content), buttons(content.actions, button));

const confirm = (content, button) =>
  make("div", { class: "card" }, words(content), buttons(content.actions, button, "card-buttons two"));

const carousel = (content, button) =>
  make("div", { class: "carousel", tabIndex: 0 }, ...content.columns.map((column) => card(column, button, content.imageAspectRatio)));

function imageCarousel(content, button) {
  const columns = content.columns.map((column) => {
    const label = column.action.label ? make("b", { textContent: column.action.label }) : null;
    const picture = away(column.imageUrl);
    return make("button", { type: "button", class: "image-column", on: { click: button(column.action) } }, picture, label);
  });
  return make("div", { class: "carousel", tabIndex: 0 }, ...columns);
}

const KINDS = {
  buttons: (content, button) => card(content, button, content.imageAspectRatio),
  confirm,
  carousel,
  image_carousel: imageCarousel,
};

/** The areas of an imagemap as plain buttons, because its picture is not fetched. */
export function imagemap(message, button) {
  const named = message.actions.map((action) => ({ action, label: action.label || action.text || action.linkUri }));
  const made = named.map(({ action, label }) => make("button", { type: "button", textContent: label, on: { click: button(action) } }));
  return make("div", { class: "card" }, make("div", { class: "card-words" }, message.altText), make("div", { class: "card-buttons" }, ...made));
}
