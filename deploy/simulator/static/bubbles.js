// One message of a talk as an element.

import { imagemap, template } from "./cards.js";
import { make, t } from "./dom.js";
import { flex } from "./flex.js";
import { away } from "./parts.js";

const STICKERS = ["ok", "thanks", "please", "wow", "cry", "heart", "morning", "night"];
const OWN_PACKAGE = "900001";
const LINKS = /(https?:\/\/[^\s「」（）<>"']+)|(0\d{1,4}-\d{1,4}-\d{3,4})/g;

/** The inside of a message; `actions` tells for each action object its number, `tap` taps it. */
export function body(item, actions, tap, quoted) {
  const message = item.message;
  const draw = KINDS[message.type];
  if (!draw) return bubble(t("unknownMessage", { type: message.type }));
  return draw(message, { item, quoted, button: (action) => () => tap(item, actions.get(action)) });
}

/** Whether the message takes the whole width of the talk. */
export function isWide(message) {
  if (message.type === "flex") return message.contents.type === "carousel";
  return message.type === "template" && /carousel/.test(message.template.type);
}

/** All actions of a message in the order of its JSON, as the simulator numbers them. */
export function numbered(message) {
  const found = new Map();
  const walk = (node) => {
    if (Array.isArray(node)) node.forEach(walk);
    else if (node && typeof node === "object") Object.entries(node).forEach(([key, value]) => visit(key, value));
  };
  const visit = (key, value) => {
    const isObject = value && typeof value === "object";
    if ((key === "action" || key === "defaultAction") && isObject && !Array.isArray(value)) found.set(value, found.size);
    else if (key === "actions" && Array.isArray(value)) value.forEach((action) => found.set(action, found.size));
    else if (key !== "quickReply") walk(value);
  };
  walk(message);
  return found;
}

function linked(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(LINKS)) {
    nodes.push(text.slice(at, match.index));
    const href = match[1] ?? `tel:${match[2].replaceAll("-", "")}`;
    nodes.push(make("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: match[0] }));
    at = match.index + match[0].length;
  }
  return [...nodes, text.slice(at)];
}

function bubble(text, quoted) {
  const quote = quoted ? make("span", { class: "quote", textContent: quoted }) : null;
  return make("p", { class: "bubble" }, quote, ...linked(text));
}

function placeholders(message) {
  const given = message.substitution ?? {};
  const shown = (name) => (given[name]?.type === "mention" ? `@${name}` : "☺");
  return message.text.replace(/\{\{|\}\}|\{(\w+)\}/g, (whole, name) => (name ? shown(name) : whole[0]));
}

function emojis(message) {
  let text = message.text;
  for (const emoji of [...(message.emojis ?? [])].sort((a, b) => b.index - a.index)) {
    if (message.emojis && text[emoji.index] === "$") text = `${text.slice(0, emoji.index)}☺${text.slice(emoji.index + 1)}`;
  }
  return text;
}

function sticker(message) {
  const name = message.packageId === OWN_PACKAGE ? STICKERS[Number(message.stickerId) - 1] : undefined;
  if (name) return make("img", { class: "sticker", src: `/static/stickers/${name}.svg`, alt: t("sticker") });
  return make("span", { class: "sticker-foreign", textContent: t("sticker") });
}

/** A picture of a person stands with us; one of the bot's is somewhere on the net and is only named. */
function image(message, { item }) {
  if (item.sender === "person") return make("img", { class: "picture", src: `/sim/content/${item.id}`, alt: t("photo") });
  return away(message.previewImageUrl);
}

function location(message) {
  const words = make(
    "div",
    { class: "place-words" },
    make("strong", { textContent: message.title || t("unnamedPlace") }),
    make("span", { textContent: message.address || `${message.latitude}, ${message.longitude}` }),
  );
  return make("div", { class: "place" }, make("div", { class: "place-map" }), words);
}

const file = (kind) => (message) =>
  make("div", { class: "file-card" }, make("strong", { textContent: t(kind) }), make("span", { textContent: message.fileName ?? "" }));

const KINDS = {
  text: (message, context) => bubble(emojis(message), context.quoted),
  textV2: (message, context) => bubble(placeholders(message), context.quoted),
  sticker,
  image,
  location,
  video: (message, context) => (context.item.sender === "person" ? file("video")(message) : away(message.previewImageUrl)),
  audio: file("audio"),
  file: file("file"),
  coupon: file("coupon"),
  template: (message, context) => template(message.template, context.button),
  imagemap: (message, context) => imagemap(message, context.button),
  flex: (message, context) => flex(message.contents, context.button),
};
