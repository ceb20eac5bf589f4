// Flex containers: boxes, texts, buttons, images, separators with LINE's keywords for sizes.

import { make } from "./dom.js";
import { away, tappable } from "./parts.js";

const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const FONT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220, full: "100%" };
const RADIUS = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const START = { start: "flex-start", center: "center", end: "flex-end", top: "flex-start", bottom: "flex-end" };
const SIDES = { Top: "top", Bottom: "bottom", Start: "left", End: "right" };

/** A bubble or a carousel of bubbles. */
export function flex(content, button) {
  if (content.type === "bubble") return bubble(content, button);
  return make("div", { class: "carousel", tabIndex: 0 }, ...content.contents.map((one) => bubble(one, button)));
}

function length(value, keywords) {
  if (value === undefined) return "";
  const known = keywords[value];
  if (known === undefined) return value;
  return typeof known === "number" ? `${known}px` : known;
}

function bubble(content, button) {
  const node = make("div", { class: "flex", data: { size: content.size ?? "mega" }, dir: content.direction ?? "ltr" });
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!content[name]) continue;
    const style = content.styles?.[name] ?? {};
    if (style.separator) node.append(rule(style.separatorColor));
    const block = component(content[name], button, "vertical");
    block.classList.add("flex-block");
    block.dataset.block = name;
    if (style.backgroundColor) block.style.backgroundColor = style.backgroundColor;
    pad(block, content[name]);
    node.append(block);
  }
  return content.action ? tappable(node, button(content.action)) : node;
}

function rule(colour) {
  const node = make("div", { class: "flex-rule" });
  if (colour) node.style.borderColor = colour;
  return node;
}

function component(content, button, layout) {
  const node = (KINDS[content.type] ?? unknown)(content, button);
  place(node, content, layout);
  if (content.action && content.type !== "button") return tappable(node, button(content.action));
  return node;
}

const unknown = () => make("div");

/** Margin, share of the room, position: what every component has in its parent box. */
function place(node, content, layout) {
  const across = layout !== "vertical";
  if (content.margin) node.style[across ? "marginLeft" : "marginTop"] = length(content.margin, SPACE);
  share(node, content, across);
  if (content.position === "absolute") node.style.position = "absolute";
  for (const [side, name] of Object.entries(SIDES)) {
    const offset = content[`offset${side}`];
    if (offset === undefined) continue;
    if (content.position !== "absolute") node.style.position = "relative";
    node.style[name] = length(offset, SPACE);
  }
  if (content.gravity && across) node.style.alignSelf = START[content.gravity];
}

function share(node, content, across) {
  if (content.width || content.maxWidth) {
    node.style.width = content.width ?? "";
    node.style.maxWidth = content.maxWidth ?? "";
    node.style.flex = "none";
  } else if (content.flex !== undefined) {
    node.style.flex = content.flex === 0 ? "0 0 auto" : `${content.flex} 1 0`;
  } else if (across && ["box", "text", "button", "image", "filler"].includes(content.type)) {
    node.style.flex = "1 1 0";
  } else {
    node.style.flex = content.type === "filler" ? "1 1 0" : "0 0 auto";
  }
}

function pad(node, content) {
  if (content.paddingAll) node.style.padding = length(content.paddingAll, SPACE);
  for (const [side, name] of Object.entries(SIDES)) {
    const value = content[`padding${side}`];
    if (value !== undefined) node.style.setProperty(`padding-${name}`, length(value, SPACE));
  }
}

function box(content, button) {
  const node = make("div", { class: "fbox", data: { layout: content.layout } });
  if (content.spacing) node.style.gap = length(content.spacing, SPACE);
  pad(node, content);
  paint(node, content);
  if (content.justifyContent) node.style.justifyContent = content.justifyContent;
  if (content.alignItems) node.style.alignItems = content.alignItems;
  if (content.height) node.style.height = content.height;
  if (content.maxHeight) node.style.maxHeight = content.maxHeight;
  for (const child of content.contents) {
    const made = component(child, button, content.layout);
    // A margin stands in place of the parent's spacing, not beside it.
    if (child.margin && content.spacing) {
      const side = content.layout === "vertical" ? "marginTop" : "marginLeft";
      made.style[side] = `calc(${length(child.margin, SPACE)} - ${length(content.spacing, SPACE)})`;
    }
    node.append(made);
  }
  return node;
}

function paint(node, content) {
  if (content.backgroundColor) node.style.backgroundColor = content.backgroundColor;
  if (content.borderColor) node.style.border = `1px solid ${content.borderColor}`;
  if (content.borderWidth) node.style.borderWidth = length(content.borderWidth, BORDER);
  if (content.cornerRadius) {
    node.style.borderRadius = length(content.cornerRadius, RADIUS);
    node.style.overflow = "hidden";
  }
  if (content.background?.type === "linearGradient") {
    const { angle, startColor, centerColor, endColor } = content.background;
    node.style.background = `linear-gradient(${[angle, startColor, centerColor, endColor].filter(Boolean).join(", ")})`;
  }
}

function letters(node, content, base) {
  if (content.size || base) node.style.fontSize = length(content.size ?? base, FONT);
  if (content.color) node.style.color = content.color;
  if (content.weight === "bold") node.style.fontWeight = "700";
  if (content.style === "italic") node.style.fontStyle = "italic";
  if (content.decoration) node.style.textDecoration = content.decoration;
}

function text(content) {
  const spans = (content.contents ?? []).map((span) => {
    const node = make("span", { textContent: span.text });
    letters(node, span);
    return node;
  });
  const node = make("div", { class: content.wrap ? "ftext wrap" : "ftext" }, ...(spans.length ? spans : [content.text]));
  letters(node, content, "md");
  if (content.align) node.style.textAlign = content.align;
  if (content.lineSpacing) node.style.lineHeight = `calc(1.3em + ${content.lineSpacing})`;
  if (content.maxLines && content.wrap) {
    Object.assign(node.style, { display: "-webkit-box", webkitBoxOrient: "vertical", webkitLineClamp: content.maxLines });
  }
  return node;
}

function flexButton(content, button) {
  const style = content.style ?? "link";
  const size = content.height === "sm" ? "fbutton sm" : "fbutton";
  const node = make("button", { type: "button", class: size, data: { style }, textContent: content.action.label });
  node.addEventListener("click", (event) => {
    event.stopPropagation();
    button(content.action)(event);
  });
  if (content.color) node.style[style === "link" ? "color" : "backgroundColor"] = content.color;
  return node;
}

function image(content) {
  const node = away(content.url, content.aspectMode === "cover" ? "fimage cover" : "fimage");
  node.style.width = length(content.size ?? "md", IMAGE);
  node.style.aspectRatio = (content.aspectRatio ?? "1:1").replace(":", "/");
  node.style.alignSelf = START[content.align ?? "center"];
  if (content.backgroundColor) node.style.backgroundColor = content.backgroundColor;
  return node;
}

function icon(content) {
  const node = make("span", { class: "ficon", textContent: "●" });
  node.style.fontSize = length(content.size ?? "md", FONT);
  return node;
}

function separator(content) {
  const node = make("div", { class: "fseparator" });
  if (content.color) node.style.borderColor = content.color;
  return node;
}

const KINDS = {
  box,
  text,
  button: flexButton,
  image,
  icon,
  separator,
  video: (content, button) => component(content.altContent, button, "vertical"),
  filler: () => make("div"),
};
