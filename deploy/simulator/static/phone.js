// One phone: head, talk, quick replies, writing bar, rich menu, sheets.

import { act, get, patch } from "./api.js";
import { make, piece, t, toast } from "./dom.js";
import { Sheet } from "./sheets.js";
import { Talk } from "./talk.js";

const ICONS = { camera: "icon-photo", cameraRoll: "icon-photo", location: "icon-pin" };

/** The colour of a person's face: the same name has the same colour everywhere. */
export function hue(name) {
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0), name.length) % 5;
}

export class Phone {
  constructor(person, accountName) {
    this.person = person;
    this.accountName = accountName;
    this.menuId = null;
    this.menuOpen = false;
    this.asking = false;
    this.again = false;
    this.node = piece("phone");
    this.parts = new Proxy({}, { get: (_, name) => this.node.querySelector(`.${name}`) });
    this.talk = new Talk(this.parts.talk, {
      tap: (item, index) => this.tap({ source: "bubble", item: item.id, index }),
      unsend: (item) => this.send({ type: "unsend", item: item.id }),
      name: () => this.accountName(),
    });
    this.sheet = new Sheet(this.parts.sheet, {
      send: (body) => this.send(body),
      closed: () => this.parts["write-plus"].setAttribute("aria-expanded", "false"),
    });
    this.wire();
    this.refresh();
  }

  wire() {
    const { parts } = this;
    parts.write.addEventListener("submit", (event) => {
      event.preventDefault();
      this.say();
    });
    const field = parts.write.querySelector("textarea");
    field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter chooses a word and must not send.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.say();
    });
    field.addEventListener("input", () => this.ready());
    field.addEventListener("focus", () => this.sheet.close());
    parts["write-plus"].addEventListener("click", () => this.togglePlus());
    parts["write-menu"].addEventListener("click", () => this.setMenu(true));
    parts["menu-fold"].addEventListener("click", () => this.setMenu(this.parts.drawer.hidden, true));
    parts["menu-keyboard"].addEventListener("click", () => this.keyboard());
    parts.befriend.addEventListener("click", () => this.send({ type: "follow" }));
    parts["caption-block"].addEventListener("click", () => this.send({ type: this.person.blocked ? "follow" : "unfollow" }));
    parts.pc.addEventListener("change", (event) => this.setDevice(event.target.checked));
    parts.sheet.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.sheet.close();
    });
    parts.quick.addEventListener("wheel", (event) => {
      if (event.deltaY) parts.quick.scrollLeft += event.deltaY;
    }, { passive: true });
    this.ready();
  }

  togglePlus() {
    if (this.sheet.open) {
      this.sheet.close();
      return;
    }
    this.parts["write-plus"].setAttribute("aria-expanded", "true");
    this.sheet.plus();
  }

  ready() {
    const field = this.parts.write.querySelector("textarea");
    this.parts["write-send"].disabled = field.value.trim() === "";
  }

  async say() {
    const field = this.parts.write.querySelector("textarea");
    const text = field.value;
    if (text.trim() === "") return;
    field.value = "";
    this.ready();
    if (!(await this.send({ type: "text", text }))) field.value = text;
    this.ready();
  }

  /** Do an act; what the phone does besides (open a link, fill in words) follows. */
  async send(body) {
    try {
      const outcome = await act(this.person.id, body);
      this.follow(outcome);
      return outcome;
    } catch (error) {
      toast(t("refused", { reason: error.message }));
      return null;
    } finally {
      this.refresh();
    }
  }

  follow({ opens, value }) {
    if (opens === "uri") this.sheet.uri(value);
    else if (opens === "clipboard") navigator.clipboard?.writeText(value).then(() => toast(t("copied")), () => {});
    else if (opens === "keyboard") this.keyboard(value);
    else if (opens === "menu") this.setMenu(true);
    else if (opens === "closed-menu") this.setMenu(false);
  }

  /** Tap a button; some need a choice of the person first. */
  tap(place) {
    const button = this.view.buttons.find(
      (one) => one.source === place.source && one.item === place.item && one.index === place.index,
    );
    if (!button) return;
    const body = { type: "tap", ...place };
    const kind = button.action.type;
    if (kind === "datetimepicker") this.sheet.moment(body, button.action);
    else if (kind === "location") this.sheet.location(body);
    else if (kind === "camera" || kind === "cameraRoll") this.sheet.photo(body);
    else this.send(body);
  }

  async setDevice(isPc) {
    await patch(`/people/${this.person.id}`, { device: isPc ? "pc" : "phone" });
    this.refresh();
  }

  /** Ask for the talk; asked while an answer is on its way, ask once more afterwards. */
  async refresh() {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    try {
      this.show(await get(`/people/${this.person.id}/talk`));
    } catch {
      // The simulator is away or was reset; the next note asks again.
    }
    this.asking = false;
    if (this.again) {
      this.again = false;
      this.refresh();
    }
  }

  show(view) {
    this.view = view;
    this.person = view.person;
    const { parts, person } = this;
    const reachable = person.following && !person.blocked;
    this.node.dataset.device = person.device;
    parts.face.textContent = [...person.name][0];
    parts.face.dataset.hue = hue(person.name);
    parts["caption-name"].textContent = person.name;
    parts["caption-block"].textContent = t(person.blocked ? "unblock" : "block");
    parts["caption-block"].hidden = !person.following;
    parts["talk-name"].textContent = this.accountName();
    parts.clock.textContent = new Date().toLocaleTimeString("ja-JP", { hour: "numeric", minute: "2-digit" });
    parts.pc.checked = person.device === "pc";
    parts["intro-name"].textContent = this.accountName();
    parts.intro.hidden = person.following || view.items.length > 0;
    parts.stranger.hidden = reachable;
    parts.stranger.dataset.state = person.blocked ? "blocked" : "new";
    this.talk.show(view.items);
    this.showLoading(view.loading);
    this.showQuick(view);
    this.showMenu(view.menu, reachable);
  }

  showLoading(seconds) {
    const { loading } = this.parts;
    if (loading.hidden && seconds > 0) this.talk.toEnd();
    loading.hidden = !(seconds > 0);
    clearTimeout(this.loadingTimer);
    if (seconds > 0) this.loadingTimer = setTimeout(() => this.refresh(), seconds * 1000 + 100);
  }

  showQuick(view) {
    const { quick } = this.parts;
    const buttons = view.buttons.filter((one) => one.source === "quick");
    const mark = JSON.stringify(buttons);
    if (this.quickMark === mark) return;
    this.quickMark = mark;
    const nodes = buttons.map((one) => {
      const icon = ICONS[one.action.type] ? make("i", { class: ICONS[one.action.type] }) : null;
      const place = { source: "quick", item: one.item, index: one.index };
      return make("button", { type: "button", on: { click: () => this.tap(place) } }, icon, one.label);
    });
    quick.replaceChildren(...nodes);
    quick.hidden = nodes.length === 0;
    quick.scrollLeft = 0;
    if (nodes.length) this.talk.toEnd();
  }

  showMenu(menu, reachable) {
    const { parts } = this;
    const fresh = menu && menu.id !== this.menuId;
    this.menuId = menu?.id ?? null;
    if (fresh) {
      this.drawMenu(menu);
      this.menuOpen = menu.selected;
      parts.drawer.hidden = !menu.selected;
    }
    if (!menu) {
      this.menuOpen = false;
      parts.drawer.hidden = true;
    }
    parts["menu-bar"].hidden = !menu || !this.menuOpen;
    parts["write-menu"].hidden = !menu;
    parts.write.hidden = !reachable || (Boolean(menu) && this.menuOpen);
  }

  drawMenu(menu) {
    const { drawer } = this.parts;
    this.parts["menu-text"].textContent = menu.chat_bar_text;
    const areas = menu.areas.map((area, index) => {
      const place = { source: "menu", item: menu.id, index };
      const button = make("button", { type: "button", ariaLabel: area.label || String(index + 1), on: { click: () => this.tap(place) } });
      button.style.left = `${(area.x / menu.width) * 100}%`;
      button.style.top = `${(area.y / menu.height) * 100}%`;
      button.style.width = `${(area.width / menu.width) * 100}%`;
      button.style.height = `${(area.height / menu.height) * 100}%`;
      return button;
    });
    drawer.replaceChildren(make("img", { src: `/sim/richmenus/${menu.id}/picture`, alt: "" }), ...areas);
    drawer.style.aspectRatio = `${menu.width} / ${menu.height}`;
  }

  /** Show or fold the rich menu; `stay` keeps its bar when it is folded. */
  setMenu(open, stay = false) {
    if (!this.menuId) return;
    this.sheet.close();
    this.menuOpen = open || stay;
    this.parts.drawer.hidden = !open;
    this.parts["menu-fold"].setAttribute("aria-expanded", String(open));
    this.parts["menu-fold"].setAttribute("aria-label", t(open ? "menuClose" : "menuOpen"));
    this.parts["menu-bar"].hidden = !this.menuOpen;
    this.parts.write.hidden = this.menuOpen;
    this.talk.toEnd();
  }

  keyboard(words = "") {
    this.setMenu(false);
    const field = this.parts.write.querySelector("textarea");
    if (words) field.value = words;
    this.ready();
    field.focus();
  }
}
