// The tools beside the phones: example texts, knobs, records.

import { Knobs } from "./knobs.js";
import { Logs } from "./logs.js";
import { WalkPane } from "./walkpane.js";

export class Panel {
  constructor(node, { openTalk }) {
    this.node = node;
    this.tabs = [...node.querySelectorAll('[role="tab"]')];
    this.walks = new WalkPane(node, openTalk);
    this.knobs = new Knobs(node);
    this.logs = new Logs(node, () => !node.hidden && !node.querySelector("#pane-logs").hidden);
    for (const tab of this.tabs) tab.addEventListener("click", () => this.choose(tab));
    node.querySelector('[role="tablist"]').addEventListener("keydown", (event) => this.move(event));
  }

  choose(chosen) {
    for (const tab of this.tabs) {
      const is = tab === chosen;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      this.node.querySelector(`#${tab.getAttribute("aria-controls")}`).hidden = !is;
    }
    this.logs.refresh();
  }

  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = this.tabs.indexOf(event.target);
    if (!step || at < 0) return;
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
    this.choose(next);
    next.focus();
  }

  show(state) {
    this.walks.show(state);
    this.knobs.show(state);
    this.logs.showStatistics(state.statistics);
  }

  note(note) {
    if (note.kind === "walk") this.walks.follow(note.id);
    if (note.kind === "webhook" || note.kind === "api") this.logs.refresh();
  }
}
