/* What is said of one picture: on its card, on its tile, and to those who listen. */

import { isAnswered, nameOf } from "./item.js";
import { certainty, className, errorSentence, fill, messages, percent, perhaps } from "./messages.js";

const NAMES = {
  waiting: () => messages.waiting,
  looking: ({ seconds }) => (seconds ? fill(messages.busy, { seconds }) : messages.looking),
  cancelled: () => messages.cancelled,
  failed: () => messages.notAnswered,
};

/** {name, score, certainty, nearest}: its headline, and what stands beside and beneath; "" where there is nothing. */
export function wordsOf(item) {
  const none = { name: "", score: "", certainty: "", nearest: "" };
  if (!isAnswered(item)) return { ...none, name: NAMES[item.state](item) };
  const { prediction } = item.found;
  const { label, score } = prediction.top[0];
  const name = className(label);
  if (prediction.known) return { ...none, name, score: percent(score), certainty: certainty(score) };
  const doubtful = perhaps(prediction);
  if (doubtful) return { ...none, name: doubtful.headline, nearest: doubtful.doubt };
  return { ...none, name: messages.noneOfThese, nearest: fill(messages.nearest, { label: name }) };
}

/** Why there is no answer, and what to do next; "" where there is no fault. */
export function errorOf({ state, code, reason }) {
  return state === "failed" ? errorSentence(code, reason) : "";
}

/** The same in one sentence, for those who listen. */
export function spoken(item) {
  const filename = nameOf(item);
  if (item.state === "failed") return fill(messages.announceError, { filename, sentence: errorOf(item) });
  const { prediction } = item.found;
  const { label, score } = prediction.top[0];
  const words = { filename, label: className(label), certainty: certainty(score), percent: percent(score) };
  if (prediction.known) return fill(messages.announceResult, words);
  const doubtful = perhaps(prediction);
  return fill(doubtful ? messages.announcePerhaps : messages.announceUnknown, { ...words, ...doubtful });
}
