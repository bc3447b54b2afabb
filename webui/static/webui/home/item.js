/* One picture of the page and what became of it. Cards and tiles show it, and are drawn anew when it changes.
 *
 *   {file, url, batch, place, state, draws, ...}; state: waiting, looking, answered, failed or cancelled
 *
 * One that comes back from the history has a file of which only the name is known.
 */

import { at, element, messages } from "./messages.js";

const RETRYABLE = new Set([
  "overloaded", "unreachable", "internal_error", "model_unavailable", "throttled", "unauthenticated", "changed_account",
]);
const address = element("result-card-template").content.querySelector(".result-card-picture").dataset.address;

/** An item of a file that waits for its answer; `batch` tells which were chosen together, `place` in which order. */
export function fromFile(file, batch, place) {
  return { file, url: URL.createObjectURL(file), batch, place, state: "waiting", draws: [] };
}

/** An item of an answer from the history; see docs/api.md for what an answer is. */
export function fromHistory(answer) {
  const { id, batch, place, model, correction } = answer;
  const [, name, version] = /^(.*)-(.*?)$/.exec(model) ?? [null, model, ""];
  const found = { prediction: answer, model: { name, version }, ms: null };
  const file = { name: answer.filename ?? "" };
  return { file, url: at(address, id), id, batch, place, correction, found, state: "answered", draws: [] };
}

/** Brings an item into a state, with the facts that belong to it: {found}, {code, reason} or {seconds}. */
export function change(item, state, facts = {}) {
  Object.assign(item, { code: null, reason: null, seconds: null }, facts, { state });
  redraw(item);
}

export function redraw(item) {
  for (const draw of item.draws) draw(item);
}

export function nameOf(item) {
  return item.file.name || messages.pasted;
}

export function isOpen(item) {
  return item.state === "waiting" || item.state === "looking";
}

export function isAnswered(item) {
  return item.state === "answered";
}

/** Whether an item would be lost if the page were left. */
export function isOnlyHere(item) {
  return isOpen(item) || (isAnswered(item) && !item.id);
}

/** Whether an item has no answer, and may have one if it is asked about again. */
export function isRetryable(item) {
  return item.state === "cancelled" || (item.state === "failed" && RETRYABLE.has(item.code));
}

/** Forgets the picture for good. */
export function forget(item) {
  URL.revokeObjectURL(item.url);
}
