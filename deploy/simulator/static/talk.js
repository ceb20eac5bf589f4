// The list of messages in one phone: drawn anew only where something changed.

import { body, isWide, numbered } from "./bubbles.js";
import { clock, day, make, piece, t, toast } from "./dom.js";

const NEAR = 120;
const LONG_PRESS = 550;

export class Talk {
  /** `tap(item, index)` taps a button of a message, `unsend(item)` takes a message back. */
  constructor(scroller, { tap, unsend, name }) {
    this.scroller = scroller;
    this.list = scroller.querySelector(".items");
    this.tap = tap;
    this.unsend = unsend;
    this.name = name;
    this.drawn = new Map();
    this.held = null;
    this.atEnd = true;
    scroller.addEventListener("scroll", () => {
      this.atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    });
    // Pictures load and menus open later: whoever looks at the end goes on looking at it.
    const keeper = new ResizeObserver(() => this.atEnd && this.toEnd());
    keeper.observe(this.list);
    keeper.observe(scroller);
    document.addEventListener("pointerdown", (event) => {
      if (this.held && !this.held.contains(event.target)) this.letGo();
    });
  }

  /** Show these messages; stays at the end when the end was in sight. */
  show(items) {
    const grown = items.length > this.drawn.size;
    const first = this.drawn.size === 0;
    if (items.length < this.drawn.size) this.clear();
    items.forEach((item, index) => this.draw(item, items[index - 1], items));
    const last = items.at(-1);
    if (grown && (this.atEnd || first || last?.sender === "person")) this.toEnd();
  }

  clear() {
    this.list.replaceChildren();
    this.drawn.clear();
  }

  toEnd() {
    this.atEnd = true;
    requestAnimationFrame(() => this.scroller.scrollTo({ top: this.scroller.scrollHeight }));
  }

  draw(item, before, items) {
    const mark = JSON.stringify([item.unsent, item.read, item.delivery]);
    const known = this.drawn.get(item.id);
    if (known?.mark === mark) return;
    const node = item.unsent ? make("li", { class: "gone", textContent: t("unsentMine") }) : this.row(item, before, items);
    if (known) {
      known.node.replaceWith(node);
      node.style.animation = "none";
    } else {
      if (!before || day(before.at) !== day(item.at)) this.list.append(make("li", { class: "day", textContent: day(item.at) }));
      this.list.append(node);
    }
    this.drawn.set(item.id, { mark, node });
  }

  row(item, before, items) {
    const node = piece("item");
    const mine = item.sender === "person";
    node.classList.toggle("mine", mine);
    node.classList.toggle("follows", !mine && before?.sender === "bot" && item.at - before.at < 60_000);
    node.classList.toggle("wide", isWide(item.message));
    node.dataset.read = item.read;
    node.dataset.delivery = item.delivery;
    node.querySelector(".sender").textContent = item.message.sender?.name ?? this.name();
    node.querySelector("time").textContent = clock(item.at);
    const quoted = items.find((one) => one.id === item.message.quotedMessageId);
    node.querySelector(".body").append(body(item, numbered(item.message), this.tap, quoted?.message.text));
    if (mine) this.holdable(node.querySelector(".body"), item);
    return node;
  }

  /** Own messages have a menu: by right click, long press, or the small button beside them. */
  holdable(node, item) {
    const opener = make("button", { type: "button", class: "hold", textContent: "⋯", ariaLabel: t("itemMenu") });
    opener.addEventListener("click", () => this.hold(node, item, opener));
    node.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      this.hold(node, item, opener);
    });
    let timer = null;
    const stop = () => clearTimeout(timer);
    node.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") timer = setTimeout(() => this.hold(node, item, opener), LONG_PRESS);
    });
    for (const event of ["pointerup", "pointercancel", "pointermove"]) node.addEventListener(event, stop);
    node.append(opener);
  }

  hold(node, item, opener) {
    this.letGo();
    this.held = piece("held");
    const copy = this.held.querySelector('[data-do="copy"]');
    const unsend = this.held.querySelector('[data-do="unsend"]');
    copy.hidden = typeof item.message.text !== "string";
    unsend.hidden = !item.webhook;
    copy.addEventListener("click", () => this.copy(item));
    unsend.addEventListener("click", () => {
      this.letGo();
      this.unsend(item);
    });
    this.held.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.letGo();
      opener.focus();
    });
    node.append(this.held);
    this.held.querySelector("button:not([hidden])")?.focus();
  }

  async copy(item) {
    this.letGo();
    await navigator.clipboard?.writeText(item.message.text);
    toast(t("copied"));
  }

  letGo() {
    this.held?.remove();
    this.held = null;
  }
}
