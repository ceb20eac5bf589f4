// What opens at the foot of a phone: stickers, a photo, a place, a date, a link.

import { piece, t } from "./dom.js";

export class Sheet {
  /** `send(body)` does an act; `closed()` hears that nothing is open any more. */
  constructor(node, { send, closed }) {
    this.node = node;
    this.send = send;
    this.closed = closed;
  }

  get open() {
    return !this.node.hidden;
  }

  close() {
    this.node.hidden = true;
    this.node.replaceChildren();
    this.closed();
  }

  show(content) {
    this.node.replaceChildren(content);
    this.node.hidden = false;
    content.querySelector("button, input:not([type=hidden]), a")?.focus({ preventScroll: true });
  }

  async finish(body) {
    this.close();
    await this.send(body);
  }

  plus() {
    const content = piece("plus");
    content.addEventListener("click", (event) => {
      const wanted = event.target.closest("[data-open]")?.dataset.open;
      if (wanted === "stickers") this.stickers();
      else if (wanted === "photo") this.photo();
      else if (wanted === "location") this.location();
    });
    this.show(content);
  }

  stickers() {
    const content = piece("stickers");
    content.addEventListener("click", (event) => {
      const id = event.target.closest("[data-sticker]")?.dataset.sticker;
      if (id) this.finish({ type: "sticker", sticker_id: id });
    });
    this.show(content);
  }

  /** `tap` is the button that asked for the photo; without it the photo is sent freely. */
  photo(tap = { type: "image" }) {
    const content = piece("photo");
    const chooser = content.querySelector("input");
    chooser.addEventListener("change", async () => {
      if (chooser.files.length) this.finish({ ...tap, data: await base64(chooser.files[0]) });
    });
    content.addEventListener("submit", (event) => {
      event.preventDefault();
      this.finish(tap);
    });
    this.show(content);
  }

  location(tap = { type: "location" }) {
    const content = piece("location");
    const fields = content.elements;
    content.querySelector(".places").addEventListener("click", (event) => {
      const place = event.target.closest("button")?.dataset;
      if (!place) return;
      for (const name of ["latitude", "longitude", "title", "address"]) fields[name].value = place[name];
    });
    fields.title.addEventListener("input", () => {
      fields.address.value = "";
    });
    content.addEventListener("submit", (event) => {
      event.preventDefault();
      const words = { title: fields.title.value || null, address: fields.address.value || null };
      this.finish({ ...tap, latitude: Number(fields.latitude.value), longitude: Number(fields.longitude.value), ...words });
    });
    this.show(content);
  }

  moment(tap, action) {
    const content = piece("moment");
    const input = content.querySelector("input");
    const kinds = { date: ["date", "pickDate"], time: ["time", "pickTime"], datetime: ["datetime-local", "pickDatetime"] };
    const [type, label] = kinds[action.mode];
    content.querySelector(".field span").textContent = t(label);
    input.type = type;
    for (const [from, to] of [["initial", "value"], ["min", "min"], ["max", "max"]]) {
      if (action[from]) input[to] = action[from].replace("t", "T");
    }
    content.addEventListener("submit", (event) => {
      event.preventDefault();
      this.finish({ ...tap, moment: input.value });
    });
    this.show(content);
  }

  uri(address) {
    const content = piece("uri");
    const call = address.startsWith("tel:");
    const web = /^https?:/.test(address);
    content.querySelector(".uri-title").textContent = call ? `${t("uriCall")} ${address.slice(4)}` : t("uriOpen");
    content.querySelector(".uri-address").textContent = call ? t("uriCallNote") : address;
    const link = content.querySelector(".uri-open");
    link.hidden = !web;
    if (web) link.href = address;
    link.addEventListener("click", () => this.close());
    content.querySelector(".uri-close").addEventListener("click", () => this.close());
    this.show(content);
  }
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let letters = "";
  for (let at = 0; at < bytes.length; at += 0x8000) letters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(letters);
}
