/* What the answers on the page come to: how many of each sort, and one sentence of it.
 *
 *   items -> tallies: [{key, label, count}], classes first -> "37 cats, 12 dogs, 3 it does not know"
 */

import { isAnswered, isOpen, isRetryable } from "./item.js";
import { className, counted, data, fill, messages, perhaps } from "./messages.js";

const CLASS = "class:";
const OTHERS = ["perhaps", "unknown", "unreadable", "missing"];
const MOST_CLASSES = 6;
const MOST_UNSURE = 2;

/** The key of the tally that an item counts for; null while it is open. */
export function tallyOf(item) {
  if (isOpen(item)) return null;
  if (isRetryable(item)) return "missing";
  if (!isAnswered(item)) return "unreadable";
  const { prediction } = item.found;
  if (prediction.known) return CLASS + prediction.label;
  return perhaps(prediction) ? "perhaps" : "unknown";
}

/** How many items there are of each sort: classes, the most frequent first, then what is none of them. */
export function tally(items) {
  const counts = new Map();
  for (const key of items.map(tallyOf)) if (key) counts.set(key, (counts.get(key) ?? 0) + 1);
  const classes = [...counts.keys()].filter((key) => key.startsWith(CLASS));
  classes.sort((one, other) => counts.get(other) - counts.get(one));
  const others = OTHERS.filter((key) => counts.has(key));
  return [...classes, ...others].map((key) => ({ key, label: labelOf(key), count: counts.get(key) }));
}

function labelOf(key) {
  return key.startsWith(CLASS) ? className(key.slice(CLASS.length)) : messages.tallies[key];
}

/** One sentence of all tallies; "" where there is none. */
export function sentenceOf(tallies) {
  const classes = tallies.filter(({ key }) => key.startsWith(CLASS));
  const named = classes.slice(0, MOST_CLASSES).map(({ key, count }) => counted(key.slice(CLASS.length), count));
  const more = classes.slice(MOST_CLASSES).reduce((sum, { count }) => sum + count, 0);
  const others = tallies.filter(({ key }) => OTHERS.includes(key));
  const rest = [...(more ? [{ key: "more", count: more }] : []), ...others];
  const words = rest.map(({ key, count }) => fill(messages.counted[key], { count }));
  return [...named, ...words].join(messages.listComma);
}

/** The answers that name a class and are the least sure of it, if they are not all almost certain. */
export function leastSure(items) {
  const unsure = items.filter((item) => isAnswered(item) && item.found.prediction.known && scoreOf(item) < data.certainties[0].least);
  return unsure.sort((one, other) => scoreOf(one) - scoreOf(other)).slice(0, MOST_UNSURE);
}

/** How sure an answer is, for sorting: what names no class is less sure than what does; null where there is no answer. */
export function surenessOf(item) {
  if (!isAnswered(item)) return null;
  return item.found.prediction.known ? scoreOf(item) : scoreOf(item) - (perhaps(item.found.prediction) ? 1 : 2);
}

function scoreOf(item) {
  return item.found.prediction.top[0].score;
}
