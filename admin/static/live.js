// Live arrivals: the server says only that something changed; the list is fetched again by htmx, in its place.
(() => {
  "use strict";
  const list = () => document.getElementById("arrivals"); // looked up each time: a refresh puts a new one in place
  if (!list() || !window.EventSource) return;
  const state = document.getElementById("live-state");
  const announcer = document.getElementById("live-news");
  let open = Number(list().dataset.open);
  let first = true;

  const show = (live) => {
    state.dataset.live = live ? "on" : "off";
    state.textContent = live ? state.dataset.textOn : state.dataset.textOff;
  };
  const refresh = () => window.htmx && window.htmx.trigger(list(), "changed");

  const source = new EventSource(list().dataset.events);
  source.addEventListener("open", () => show(true));
  source.addEventListener("error", () => show(false));
  source.addEventListener("inbox", (event) => {
    const now = JSON.parse(event.data).open;
    if (now > open) announcer.textContent = announcer.dataset.text.replace("{n}", String(now - open));
    if (!first || now !== open) refresh();
    first = false;
    open = now;
  });
  source.addEventListener("ended", () => {
    source.close();
    window.location.reload();
  });

  // While the stream is down (a proxy, a sleeping laptop) the list is asked for every 20 seconds instead.
  setInterval(() => state.dataset.live === "off" && refresh(), 20000);
  window.addEventListener("pagehide", () => source.close());
})();
