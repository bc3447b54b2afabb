/* One result card: a picture with its answer, as the page shows it.
 *
 * An item is {file, url, node, state, ...}; its state is waiting, looking, answered, failed or cancelled. One that
 * comes back from the history has a file of which only the name is known.
 */

import { announce, certainty, className, element, errorSentence, fill, likenessWords, messages, percent, perhaps } from "./messages.js";

const VISIBLE_BARS = 8;
const NO_ANSWER = "00000000-0000-0000-0000-000000000000";
const RETRYABLE = new Set(["overloaded", "unreachable", "internal_error", "model_unavailable", "throttled"]);

export function nameOf(item) {
  return item.file.name || messages.pasted;
}

export function part(item, name) {
  return item.node.querySelector(`.result-card-${name}`);
}

/** Makes the node of an item that waits for its answer. */
export function make(item) {
  item.url ??= URL.createObjectURL(item.file);
  item.node = element("result-card-template").content.firstElementChild.cloneNode(true);
  const image = part(item, "image");
  item.isDrawn = drawn(image);
  image.src = item.url;
  part(item, "file").textContent = nameOf(item);
  part(item, "remove").setAttribute("aria-label", fill(messages.remove, { filename: nameOf(item) }));
  part(item, "picture").setAttribute("aria-label", fill(messages.enlarge, { filename: nameOf(item) }));
  part(item, "picture").href = item.url;
  sayWaiting(item);
}

/** An item of an answer from the history, to be made and shown; see docs/api.md for what an answer is. */
export function kept(answer) {
  const { id, batch, place, model, correction } = answer;
  const url = element("result-card-template").content.querySelector(".result-card-picture").dataset.address;
  const [, name, version] = /^(.*)-(.*?)$/.exec(model) ?? [null, model, ""];
  const found = { prediction: answer, model: { name, version }, ms: null, correction };
  return { file: { name: answer.filename ?? "" }, url: url.replace(NO_ANSWER, id), id, batch, place, found };
}

/** Whether the browser can draw the picture. Where it cannot, as few can a TIFF or a HEIC, a sign stands for it. */
function drawn(image) {
  return new Promise((resolve) => {
    image.addEventListener("load", () => resolve(true), { once: true });
    image.addEventListener("error", () => {
      resolve(false);
      image.src = image.dataset.noPicture;
    }, { once: true });
  });
}

/** Forgets the picture for good. */
export function forget(item) {
  URL.revokeObjectURL(item.url);
}

export function sayWaiting(item) {
  enter(item, "waiting", messages.waiting);
}

export function sayLooking(item) {
  enter(item, "looking", messages.looking);
}

export function sayBusy(item, seconds) {
  part(item, "name").textContent = fill(messages.busy, { seconds });
}

export function sayCancelled(item) {
  enter(item, "cancelled", messages.cancelled);
  part(item, "retry").hidden = false;
}

export function sayError(item, { code, reason }) {
  const sentence = errorSentence(code, reason);
  enter(item, "failed", messages.notAnswered);
  part(item, "error").textContent = sentence;
  part(item, "retry").hidden = !RETRYABLE.has(code);
  announce(fill(messages.announceError, { filename: nameOf(item), sentence }));
}

/** Shows an answer, and tells it those who listen. */
export function sayAnswer(item, found) {
  const { prediction } = found;
  showAnswer(item, found);
  const unknown = perhaps(prediction) ? messages.announcePerhaps : messages.announceUnknown;
  announce(fill(prediction.known ? messages.announceResult : unknown, wordsOf(item, prediction)));
}

function wordsOf(item, prediction) {
  const { label, score } = prediction.top[0];
  const words = { label: className(label), certainty: certainty(score), percent: percent(score) };
  return { filename: nameOf(item), ...words, ...perhaps(prediction) };
}

export function showAnswer(item, { prediction, model, ms }) {
  const { known, thumbnail } = prediction;
  if (thumbnail) part(item, "image").src = thumbnail;
  const words = wordsOf(item, prediction);
  enter(item, "answered", known ? words.label : words.headline ?? messages.noneOfThese);
  part(item, "score").textContent = known ? words.percent : "";
  part(item, "certainty").textContent = known ? words.certainty : "";
  part(item, "nearest").textContent = known ? "" : words.doubt ?? fill(messages.nearest, words);
  part(item, "if").hidden = known;
  drawBars(item, prediction);
  drawLikeness(item, prediction);
  part(item, "heat-switch").hidden = false;
  linkPlaces(item, prediction);
  part(item, "model").textContent = fill(messages.model, model);
  part(item, "time").textContent = ms === null ? "" : fill(messages.answered, { ms });
}

function enter(item, state, name) {
  item.state = state;
  item.node.className = `result-card result-card-${state}${state === "looking" ? " result-card-waiting" : ""}`;
  part(item, "name").textContent = name;
  part(item, "error").textContent = "";
  part(item, "retry").hidden = true;
}

function drawBars(item, { known, top }) {
  const [bars, moreBars] = item.node.querySelectorAll(".bars");
  bars.replaceChildren(...top.slice(0, VISIBLE_BARS).map(bar));
  moreBars.replaceChildren(...top.slice(VISIBLE_BARS).map(bar));
  moreBars.parentElement.hidden = top.length <= VISIBLE_BARS;
  if (known) bars.firstElementChild.classList.add("bar-best");
}

/** The ways to Look inside and to the answer's own page, where it is kept. */
function linkPlaces(item, { id }) {
  for (const place of [part(item, "look"), part(item, "place")]) {
    const link = place.firstElementChild;
    place.hidden = !id;
    if (id) link.href = link.dataset.address.replace(NO_ANSWER, id);
  }
}

/** Nothing where the model has no scale for it. */
function drawLikeness(item, { known, likeness }) {
  const node = part(item, "likeness");
  if (!known) part(item, "if").before(node); // Why it is none of them, before which it would be.
  node.hidden = likeness === null;
  if (node.hidden) return;
  node.querySelector("meter").value = likeness;
  node.querySelector(".likeness-words").textContent = likenessWords(likeness);
}

function bar({ label, score }) {
  const node = element("bar-template").content.firstElementChild.cloneNode(true);
  node.querySelector(".bar-label").textContent = className(label);
  node.querySelector(".bar-score").textContent = percent(score);
  const meter = node.querySelector("meter");
  meter.value = score;
  meter.setAttribute("aria-label", className(label));
  meter.textContent = percent(score);
  return node;
}
