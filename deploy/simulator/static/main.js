// The page: who is shown, what is new, and the tools beside.

import { get, listen, post } from "./api.js";
import { calmly, make, piece } from "./dom.js";
import { Panel } from "./panel.js";
import { Phone, hue } from "./phone.js";

const NARROW = 860;
const SEAT = 348;
const PANEL = 414;
const EDGES = 48;
const MOST = 4;

const page = {
  state: null,
  phones: new Map(),
  order: [],
  news: new Map(),
};
const stage = document.getElementById("phones");
const panelNode = document.getElementById("panel");
const toggle = document.getElementById("panel-toggle");

const accountName = () => page.state.settings.account_name;

/** How many phones fit beside each other. */
function seats() {
  if (window.innerWidth <= NARROW) return 1;
  const beside = window.innerWidth > 1100 && !panelNode.hidden ? PANEL : 0;
  return Math.max(1, Math.min(MOST, Math.floor((window.innerWidth - beside - EDGES) / SEAT)));
}

function person(id) {
  return page.state.people.find((one) => one.id === id);
}

/** Show this person; the one who was shown longest makes room. */
function open(id) {
  if (page.order.includes(id)) {
    page.phones.get(id)?.parts.talk.focus();
    return;
  }
  page.order.push(id);
  while (page.order.length > seats()) page.order.shift();
  arrange();
}

/** Seat as many people as fit, in the order in which they were opened. */
function arrange() {
  const known = page.order.filter(person);
  const others = page.state.people.filter((one) => one.group === "person" && !known.includes(one.id));
  const room = seats();
  page.order = [...known.slice(-room), ...others.map((one) => one.id)].slice(0, room);
  for (const [id, phone] of page.phones) {
    if (page.order.includes(id)) continue;
    phone.node.remove();
    page.phones.delete(id);
  }
  const shown = page.state.people.filter((one) => page.order.includes(one.id));
  shown.forEach((one, index) => {
    if (!page.phones.has(one.id)) page.phones.set(one.id, new Phone(one, accountName));
    const { node } = page.phones.get(one.id);
    if (stage.children[index] !== node) stage.insertBefore(node, stage.children[index] ?? null);
    page.news.delete(one.id);
  });
  drawPeople();
}

function drawPeople() {
  const shown = page.state.people.filter((one) => one.group === "person" || page.order.includes(one.id));
  const chips = shown.map((one) => {
    const news = page.news.get(one.id);
    const chip = make(
      "button",
      { type: "button", class: "chip", on: { click: () => open(one.id) } },
      make("span", { class: "face", textContent: [...one.name][0], data: { hue: hue(one.name) }, ariaHidden: "true" }),
      one.name,
      news ? make("span", { class: "chip-news", textContent: news }) : null,
    );
    chip.setAttribute("aria-pressed", String(page.order.includes(one.id)));
    return make("li", {}, chip);
  });
  document.getElementById("people").replaceChildren(...chips);
}

const reload = calmly(300, async () => {
  page.state = await get("/state");
  arrange();
  panel.show(page.state);
});

function onNote(note) {
  if (note.kind === "talk") {
    const phone = page.phones.get(note.person);
    const known = person(note.person);
    if (phone) phone.refresh();
    else if (known?.group === "person" && note.last > known.last) {
      page.news.set(note.person, (page.news.get(note.person) ?? 0) + note.last - known.last);
      drawPeople();
    }
    if (known) known.last = note.last;
  } else if (note.kind === "reset") {
    window.location.reload();
  } else if (["people", "settings", "faults"].includes(note.kind)) {
    reload();
  } else if (note.kind === "hello" || note.kind === "missed") {
    reload();
    for (const phone of page.phones.values()) phone.refresh();
  } else {
    panel.note(note);
  }
}

function addPerson() {
  const dialog = piece("new-person");
  document.body.append(dialog);
  const form = dialog.querySelector("form");
  form.querySelector("[value=cancel]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async () => {
    const made = await post("/people", { name: form.elements.name.value, device: form.elements.pc.checked ? "pc" : "phone" });
    page.state = await get("/state");
    open(made.id);
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

function setPanel(isOpen) {
  panelNode.hidden = !isOpen;
  toggle.setAttribute("aria-expanded", String(isOpen));
  arrange();
}

const panel = new Panel(panelNode, {
  openTalk: async (id) => {
    page.state = await get("/state");
    if (window.innerWidth <= 1100) setPanel(false);
    open(id);
  },
});

async function start() {
  page.state = await get("/state");
  const wide = window.innerWidth > 1100;
  panelNode.hidden = !wide;
  toggle.setAttribute("aria-expanded", String(wide));
  arrange();
  panel.show(page.state);
  toggle.addEventListener("click", () => setPanel(panelNode.hidden));
  document.getElementById("panel-close").addEventListener("click", () => {
    setPanel(false);
    toggle.focus();
  });
  document.getElementById("add-person").addEventListener("click", addPerson);
  window.addEventListener("resize", calmly(150, arrange));
  listen(onNote, (lost) => {
    document.getElementById("lost").hidden = !lost;
  });
}

start();
