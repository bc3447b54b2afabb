/* One result card: a picture with all that is said of it, as the page shows it. */

import { isAnswered, isRetryable, nameOf } from "./item.js";
import { at, className, element, fill, likenessWords, messages, named, percent } from "./messages.js";
import { show } from "./picture.js";
import { errorOf, wordsOf } from "./words.js";

const VISIBLE_BARS = 8;
const STATES = ["waiting", "looking", "answered", "failed", "cancelled"];

export function part(item, name) {
  return item.card.querySelector(`.result-card-${name}`);
}

/** The card of an item, which is made when it is first asked for. `presses`: what its buttons do, by their names. */
export function cardOf(item, presses) {
  if (!item.card) make(item, presses);
  return item.card;
}

function make(item, presses) {
  const filename = nameOf(item);
  item.card = element("result-card-template").content.firstElementChild.cloneNode(true);
  part(item, "file").textContent = filename;
  part(item, "file").title = filename;
  part(item, "remove").setAttribute("aria-label", fill(messages.remove, { filename }));
  part(item, "picture").setAttribute("aria-label", fill(messages.enlarge, { filename }));
  part(item, "picture").href = item.url;
  for (const node of item.card.querySelectorAll("button.button, .result-card-look a, .result-card-place a")) {
    node.setAttribute("aria-label", named(node.textContent, filename));
  }
  for (const [name, press] of Object.entries(presses)) part(item, name).addEventListener("click", () => press(item));
  item.draws.push(draw);
  draw(item);
}

function draw(item) {
  const words = wordsOf(item);
  for (const state of STATES) item.card.classList.toggle(`result-card-${state}`, item.state === state);
  if (item.state === "looking") item.card.classList.add("result-card-waiting");
  show(part(item, "image"), item);
  for (const [name, text] of Object.entries(words)) part(item, name).textContent = text;
  part(item, "error").textContent = errorOf(item);
  part(item, "retry").hidden = !isRetryable(item);
  part(item, "frames").hidden = !item.isAnimated;
  if (isAnswered(item)) drawAnswer(item);
  drawHeat(item);
}

function drawAnswer(item) {
  const { prediction, model, ms } = item.found;
  part(item, "if").hidden = prediction.known;
  drawBars(item, prediction);
  drawLikeness(item, prediction);
  linkPlaces(item);
  part(item, "model").textContent = fill(messages.model, model);
  part(item, "time").textContent = ms === null ? "" : fill(messages.answered, { ms });
}

function drawBars({ card }, { known, top }) {
  const [bars, moreBars] = card.querySelectorAll(".bars");
  bars.replaceChildren(...top.slice(0, VISIBLE_BARS).map(bar));
  moreBars.replaceChildren(...top.slice(VISIBLE_BARS).map(bar));
  moreBars.parentElement.hidden = top.length <= VISIBLE_BARS;
  if (known) bars.firstElementChild.classList.add("bar-best");
}

/** The ways to Look inside and to the answer's own page, where it is kept. */
function linkPlaces(item) {
  for (const place of [part(item, "look"), part(item, "place")]) {
    const link = place.firstElementChild;
    place.hidden = !item.id;
    if (item.id) link.href = at(link.dataset.address, item.id);
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

function drawHeat(item) {
  const { isOn = false, image, note = "" } = item.heat ?? {};
  const heat = part(item, "heat");
  part(item, "heat-switch").hidden = !isAnswered(item);
  part(item, "heat-switch").setAttribute("aria-pressed", String(isOn));
  if (image && heat.src !== image) heat.src = image;
  heat.hidden = !isOn || !image;
  part(item, "heat-note").textContent = note;
  part(item, "heat-note").hidden = !note;
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
