// しかけ: how webhooks are brought, and which calls of the API go wrong.

import { get, patch, post, remove } from "./api.js";
import { make, t, toast } from "./dom.js";

const CHOICES = {
  standby: ["mode", "standby", "active"],
  chat: ["chat_mode", "chat", "bot"],
};

export class Knobs {
  constructor(panel) {
    this.find = (selector) => panel.querySelector(selector);
    this.form = this.find("#settings-form");
    this.faultForm = this.find("#fault-form");
    this.form.addEventListener("change", (event) => this.change(event.target));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.faultForm.addEventListener("submit", (event) => {
      event.preventDefault();
      this.addFault();
    });
    this.find("#fault-clear").addEventListener("click", () => remove("/faults"));
    this.find("#reset").addEventListener("click", () => {
      if (window.confirm(t("resetAsk"))) post("/reset");
    });
  }

  show({ settings, faults, quota_used: used }) {
    for (const field of this.form.elements) {
      if (!field.name || field === document.activeElement) continue;
      const [name, on] = CHOICES[field.name] ?? [field.name, true];
      if (field.type === "checkbox") field.checked = settings[name] === on;
      else field.value = settings[name] ?? "";
    }
    this.find("#quota-used").textContent = used;
    const named = (select, value) => this.faultForm.elements[select].querySelector(`[value="${value}"]`)?.textContent ?? value;
    const items = faults.map((fault) => {
      const words = { on: named("on", fault.on), kind: named("kind", fault.kind), count: fault.count };
      return make("li", { textContent: t("faultItem", words) });
    });
    this.find("#faults").replaceChildren(...items);
  }

  async change(field) {
    const [name, on, off] = CHOICES[field.name] ?? [field.name, true, false];
    let value = field.checked ? on : off;
    if (field.type === "number") value = field.value === "" ? null : Number(field.value);
    if (value === null && name !== "quota") return;
    try {
      await patch("/settings", { [name]: value });
      toast(t("saved"));
    } catch (error) {
      toast(t("refused", { reason: error.message }));
      this.show(await get("/state"));
    }
  }

  async addFault() {
    const fields = this.faultForm.elements;
    const body = { on: fields.on.value, kind: fields.kind.value };
    body.count = Number(fields.count.value);
    body.seconds = Number(fields.seconds.value);
    try {
      await post("/faults", body);
    } catch (error) {
      toast(t("refused", { reason: error.message }));
    }
  }
}
