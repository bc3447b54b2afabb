/* Which answers are on the page: so they are there again after Back, a reload, another language, or in a second tab.
 *
 *   an answer that is kept -> its id into this browser's storage -> recall() -> the history -> cards as before
 *
 * Nothing but ids is stored, and the history shows only one's own. Those of another account wait until it is back.
 */

import { replaceAddress } from "../address.js";
import { data } from "./messages.js";

const KEY = "menagerie.answers";
const WRITTEN_MS = 60_000; // By then every process of the server knows of an answer, or none ever will.
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const isOwn = ({ who = data.who }) => who === data.who;

/** Some browsers refuse to store anything; then answers are in the history alone. */
function stored() {
  try {
    const list = JSON.parse(window.localStorage.getItem(KEY));
    return Array.isArray(list) ? list.filter((entry) => ID.test(entry?.id)) : [];
  } catch {
    return [];
  }
}

function store(list) {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(list.slice(0, data.mostAnswers)));
  } catch {
    // As above.
  }
}

/** Whether there is something to recall. */
export function any() {
  return stored().some(isOwn);
}

/** Remembers items that have the `id` of their answers; the newest `batch` comes first, in the order of `place`. */
export function remember(items) {
  const added = items.map(({ id, batch, place }) => ({ id, batch, place, who: data.who }));
  const ids = new Set(added.map(({ id }) => id));
  const list = [...stored().filter(({ id }) => !ids.has(id)), ...added];
  store(list.sort((one, other) => other.batch - one.batch || one.place - other.place));
}

/** Forgets items, with or without an answer. */
export function forget(items) {
  const ids = new Set(items.map((item) => item.id));
  store(stored().filter((entry) => !ids.has(entry.id)));
}

/** Takes over the answers that the server has put into a list, as it does without a script. */
export function takeOver(cards) {
  const address = new URL(window.location);
  const ids = address.searchParams.get("answers")?.split(",") ?? [];
  const batch = Date.now();
  remember(ids.map((id, place) => ({ id, batch, place })));
  address.searchParams.delete("answers");
  if (ids.length > 0) replaceAddress(address);
  cards.replaceChildren();
}

/** Resolves to {answers, failed}: what is remembered and still in the history, in order; never rejects. */
export async function recall() {
  const list = stored().filter(isOwn);
  const parts = [];
  for (let i = 0; i < list.length; i += data.mostIds) parts.push(list.slice(i, i + data.mostIds));
  const found = await Promise.all(parts.map(recallPart));
  return { answers: found.flatMap(({ answers }) => answers), failed: found.some(({ failed }) => failed) };
}

async function recallPart(list) {
  try {
    const response = await fetch(`${data.historyUrl}?ids=${list.map((entry) => entry.id).join(",")}`);
    if (!response.ok) return { answers: [], failed: true };
    return { answers: found(list, (await response.json()).answers), failed: false };
  } catch {
    return { answers: [], failed: true };
  }
}

function found(list, answers) {
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  forget(list.filter((entry) => !byId.has(entry.id) && Date.now() - entry.batch > WRITTEN_MS));
  return list.filter((entry) => byId.get(entry.id)?.top.length).map((entry) => ({ ...byId.get(entry.id), ...entry }));
}
