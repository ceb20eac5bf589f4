// 記録: webhooks to the bot and calls of the API, newest first.

import { get } from "./api.js";
import { calmly, make, t } from "./dom.js";

const SHOWN = 60;

export class Logs {
  constructor(panel, visible) {
    this.find = (selector) => panel.querySelector(selector);
    this.visible = visible;
    this.open = new Set();
    this.refresh = calmly(500, () => this.load());
    for (const choice of panel.querySelectorAll('[name="log"]')) choice.addEventListener("change", () => this.load());
  }

  showStatistics(statistics) {
    const rows = Object.entries(statistics).map(([name, count]) =>
      make("div", {}, make("dt", { textContent: t(`outcome_${name}`) }), make("dd", { textContent: count })),
    );
    this.find("#statistics").replaceChildren(...rows);
  }

  async load() {
    if (!this.visible()) return;
    const choice = document.querySelector('[name="log"]:checked').value;
    const [webhooks, calls, state] = await Promise.all([
      choice === "api" ? [] : get(`/webhooks?last=${SHOWN}`),
      choice === "webhooks" ? [] : get(`/api-calls?last=${SHOWN}`),
      get("/state"),
    ]);
    this.showStatistics(state.statistics);
    const rows = [...webhooks.map(webhookRow), ...calls.map(callRow)].sort((a, b) => b.at - a.at).slice(0, SHOWN);
    this.find("#logs").replaceChildren(...rows.map((row) => this.row(row)));
    this.find("#logs-none").hidden = rows.length > 0;
  }

  row({ key, at, way, what, end, good, detail }) {
    const time = new Date(at).toLocaleTimeString("ja-JP", { hour: "numeric", minute: "2-digit", second: "2-digit" });
    const summary = make(
      "summary",
      {},
      make("time", { textContent: time }),
      make("span", { class: "log-way", textContent: t(way === "api" ? "fromBot" : "toBot") }),
      make("span", { class: "log-what", textContent: what }),
      make("span", { class: "log-end", textContent: end }),
    );
    const details = make("details", { class: "log", data: { way, good }, open: this.open.has(key) }, summary);
    const fill = () => details.append(make("pre", { textContent: JSON.stringify(detail, null, 2), tabIndex: 0 }));
    if (details.open) fill();
    details.addEventListener("toggle", () => {
      if (details.open) this.open.add(key);
      else this.open.delete(key);
      if (details.open && !details.querySelector("pre")) fill();
    });
    return make("li", {}, details);
  }
}

function webhookRow(call) {
  const kinds = call.events.map((event) => event.message?.type ?? event.type).join(", ");
  const again = call.attempt > 1 ? `（${t("redelivered")} ${t("attempt", { n: call.attempt })}）` : "";
  return {
    key: `w${call.at}${kinds}${call.attempt}`,
    at: call.at,
    way: "webhook",
    what: `${kinds || "[]"}${again}`,
    end: `${t(`outcome_${call.outcome}`)}${call.status ? ` ${call.status}` : ""}`,
    good: call.outcome === "success" || call.outcome === "waiting",
    detail: call,
  };
}

function callRow(call) {
  return {
    key: call.request_id,
    at: call.at,
    way: "api",
    what: `${call.name}${call.fault ? `（${call.fault}）` : ""}`,
    end: String(call.status || "—"),
    good: call.status >= 200 && call.status < 300,
    detail: call,
  };
}
