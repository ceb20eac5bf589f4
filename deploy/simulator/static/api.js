// The control API of the simulator.

async function ask(method, path, body) {
  const init = { method, headers: {} };
  if (body !== undefined) {
    init.headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(`/sim${path}`, init);
  const value = await answer.json();
  if (!answer.ok) {
    const detail = Array.isArray(value.detail) ? value.detail.map((one) => one.msg).join(", ") : value.detail;
    throw new Error(detail ?? String(answer.status));
  }
  return value;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);
export const patch = (path, body) => ask("PATCH", path, body);
export const remove = (path) => ask("DELETE", path);
export const act = (person, body) => post(`/people/${person}/acts`, body);

/** Listen to the simulator's news; `onLost` hears whether the line is broken. */
export function listen(onNote, onLost) {
  const source = new EventSource("/sim/events");
  source.onmessage = (event) => onNote(JSON.parse(event.data));
  source.onopen = () => onLost(false);
  source.onerror = () => onLost(true);
}
