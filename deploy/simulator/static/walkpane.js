// 例文を流す: start a run over example texts and watch it.

import { get, post, remove } from "./api.js";
import { calmly, make, t, toast } from "./dom.js";

export class WalkPane {
  constructor(panel, openTalk) {
    this.openTalk = openTalk;
    this.find = (selector) => panel.querySelector(selector);
    this.form = this.find("#walk-form");
    this.examples = null;
    this.run = null;
    this.running = false;
    this.refresh = calmly(250, () => this.load());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.find("#walk-stop").addEventListener("click", () => this.stop());
    this.find("#walk-file").addEventListener("change", (event) => this.read(event.target.files[0]));
  }

  show(state) {
    this.find("#loaded-count").textContent = state.examples;
    const loaded = this.form.elements.source.value === "loaded";
    if (loaded && state.examples === 0 && !this.run) this.form.elements.source.value = "file";
    this.canWalk = state.can_walk;
    this.ready();
    if (!this.run) this.resume();
  }

  ready() {
    this.find("#walk-start").disabled = this.running || !this.canWalk;
  }

  /** A run that began before the page was opened is shown as well. */
  async resume() {
    const runs = await get("/walks");
    if (runs.length && !this.run) this.follow(runs.at(-1).id);
  }

  async read(file) {
    if (!file) return;
    const lines = (await file.text()).split("\n");
    const found = [];
    for (const [index, line] of lines.entries()) {
      if (line.trim() === "") continue;
      try {
        const { id, text } = JSON.parse(line);
        if (!id || !text) throw new Error("no id or text");
        found.push({ id: String(id), text: String(text) });
      } catch {
        toast(t("fileBad", { line: index + 1 }));
        return;
      }
    }
    this.examples = found;
    this.form.elements.source.value = "file";
    this.find("#walk-file-name").textContent = t("fileCount", { name: file.name, count: found.length });
  }

  async start() {
    const fields = this.form.elements;
    const fromFile = fields.source.value === "file";
    if (fromFile && !this.examples?.length) {
      toast(t("noExamples"));
      return;
    }
    const body = { concurrency: Number(fields.concurrency.value) || 4 };
    if (fields.limit.value) body.limit = Number(fields.limit.value);
    if (fromFile) body.examples = this.examples;
    try {
      this.follow((await post("/walks", body)).id);
    } catch (error) {
      toast(t("refused", { reason: error.message }));
    }
  }

  async stop() {
    if (this.run) await remove(`/walks/${this.run}`);
    this.refresh();
  }

  follow(id) {
    this.run = id;
    this.refresh();
  }

  async load() {
    this.draw(await get(`/walks/${this.run}`));
  }

  draw(run) {
    this.find("#walk-progress").hidden = false;
    this.running = run.running;
    this.find("#walk-stop").hidden = !run.running;
    this.ready();
    this.find("#walk-bar").max = run.total;
    this.find("#walk-bar").value = run.done + run.failed;
    for (const name of ["done", "failed", "total"]) this.find(`#walk-${name}`).textContent = run[name];
    const order = { failed: 0, walking: 1, done: 2, waiting: 3 };
    const walks = [...run.walks].sort((a, b) => order[a.state] - order[b.state]);
    this.find("#walk-list").replaceChildren(...walks.map((walk) => this.row(walk)));
  }

  row(walk) {
    const state = t(`walk${walk.state[0].toUpperCase()}${walk.state.slice(1)}`);
    const button = make(
      "button",
      { type: "button", class: "walk", data: { state: walk.state }, disabled: !walk.person, title: t("openTalk", { id: walk.id }) },
      make("span", { class: "walk-mark", ariaHidden: "true" }),
      make("span", { class: "walk-id", textContent: walk.id }),
      make("span", { class: "walk-end", textContent: walk.captured || state }),
      walk.reason ? make("span", { class: "walk-reason", textContent: walk.reason }) : null,
    );
    button.addEventListener("click", () => this.openTalk(walk.person));
    return make("li", {}, button);
  }
}
