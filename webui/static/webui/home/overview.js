/* Many pictures at once: one sentence, tallies that filter, an order, tiles or cards, and pages of them.
 *
 *   items -> tallies -> filter -> order -> the newest, if it came alone, large | a page of tiles or cards
 *
 * Nodes are made for what is shown only, so 500 pictures cost no more than a page of them.
 */

import { isAnswered } from "./item.js";
import { announce, element, fill, messages } from "./messages.js";
import { place } from "./place.js";
import { cardOf, part } from "./result_card.js";
import { drawSentence, drawTallies } from "./summary.js";
import { sentenceOf, surenessOf, tally, tallyOf } from "./tallies.js";
import { tileOf } from "./tile.js";

const TOOLS_FROM = 4;
const TILES_FROM = 13;
const PER_PAGE = { tiles: 100, cards: 20 };
const ORDERS = {
  chosen: null,
  least: (one, other) => surenessOf(one) - surenessOf(other),
  most: (one, other) => surenessOf(other) - surenessOf(one),
};

const newest = element("newest");
const others = element("others");
const title = element("results-title");

/** What is to be seen: filter and order, whether tiles or cards were chosen, the page, and the tile that is opened. */
const wish = { filter: null, order: "chosen", view: null, page: 0, opened: null };
let all = [];
let presses = {};
let changed = () => {};

/** `cardPresses`: what the buttons of a card do; `onChange`: called when something else is to be seen. */
export function listen(cardPresses, onChange) {
  presses = { ...cardPresses, close };
  changed = onChange;
  element("order").addEventListener("change", (event) => look({ order: event.target.value, page: 0 }));
  for (const button of element("views").querySelectorAll("button")) {
    button.addEventListener("click", () => look({ view: button.value, page: 0, opened: null }));
  }
  element("page-before").addEventListener("click", () => turnPage(-1));
  element("page-after").addEventListener("click", () => turnPage(1));
  others.addEventListener("keydown", closeByKey);
  const isWide = window.matchMedia("(min-width: 40rem)");
  const unfold = () => { element("more-tools").open = isWide.matches; }; // A phone's first screen is for pictures.
  isWide.addEventListener("change", unfold);
  unfold();
}

/** Goes back to the first page of everything, as the pictures were chosen. */
export function reset() {
  Object.assign(wish, { filter: null, order: "chosen", page: 0, opened: null });
  element("order").value = "chosen";
}

/** The items that the filter lets through, in order, on all pages. */
export function chosen() {
  const found = wish.filter === null ? all : all.filter((item) => tallyOf(item) === wish.filter);
  return ordered(found);
}

/** Shows the items; returns those that are to be seen now. */
export function render(items) {
  all = items;
  const tallies = tally(items);
  if (wish.filter && !tallies.some(({ key }) => key === wish.filter)) wish.filter = null;
  const staged = stagedOf(items);
  const rest = chosen().filter((item) => item !== staged);
  const view = wish.view ?? (items.length < TILES_FROM + Boolean(staged) ? "cards" : "tiles");
  const shown = pageOf(rest, PER_PAGE[view]);
  drawSentence(items, tallies, { isBelow: Boolean(staged), goTo });
  drawTallies(tallies, { total: items.length, pressed: wish.filter, press: filterBy });
  drawTools(view);
  drawPager(rest.length, PER_PAGE[view]);
  place(newest, staged ? [nodeOf(staged, "cards")] : []);
  newest.classList.toggle("result-cards-staged", Boolean(staged));
  place(others, shown.map((item) => nodeOf(item, view)));
  others.classList.toggle("tiles", view === "tiles");
  others.classList.toggle("cards-of-one-model", modelsOf(items).size === 1);
  element("results").classList.toggle("results-alone", Boolean(staged) && items.length === 1);
  return staged ? [staged, ...shown] : shown;
}

/** Puts the focus on an item, where it is to be seen. */
export function focus(item) {
  if (item.card?.isConnected) part(item, "remove").focus();
  else if (item.tile?.isConnected) item.tile.querySelector("button").focus();
}

/** The element by which somebody sees what came last. */
export function newestSign(items) {
  return stagedOf(items) ? part(items[0], "label") : title;
}

/** The sentence of what was answered. */
export function summaryOf(items) {
  return sentenceOf(tally(items));
}

/** A picture that came by itself is the page, and older ones stand below, until somebody looks for others. */
function stagedOf(items) {
  if (wish.filter !== null || wish.order !== "chosen" || items.length === 0) return null;
  return items.filter((item) => item.batch === items[0].batch).length === 1 ? items[0] : null;
}

function ordered(items) {
  const compare = ORDERS[wish.order];
  if (!compare) return items;
  const answered = items.filter(isAnswered);
  return [...answered.sort(compare), ...items.filter((item) => !isAnswered(item))];
}

function pageOf(items, size) {
  wish.page = Math.min(wish.page, Math.max(0, Math.ceil(items.length / size) - 1));
  return items.slice(wish.page * size, (wish.page + 1) * size);
}

function nodeOf(item, view) {
  const isOpened = view === "tiles" && wish.opened === item;
  if (view === "tiles" && !isOpened) return tileOf(item, open);
  const card = cardOf(item, presses);
  card.classList.toggle("result-card-opened", isOpened);
  part(item, "close").hidden = !isOpened;
  return card;
}

function modelsOf(items) {
  return new Set(items.filter(isAnswered).map(({ found }) => `${found.model.name}-${found.model.version}`));
}

/** Changes what is to be seen, and shows it. */
function look(changes) {
  Object.assign(wish, changes);
  changed();
}

function open(item) {
  look({ opened: item });
  part(item, "close").focus({ preventScroll: true });
  item.card.scrollIntoView({ block: "nearest" });
}

function close(item) {
  look({ opened: null });
  focus(item);
}

/** Escape closes what was opened last: first what stands in a card, then the card. */
function closeByKey(event) {
  const item = wish.opened;
  if (event.key !== "Escape" || event.defaultPrevented || !item?.card?.contains(event.target)) return;
  event.preventDefault();
  close(item);
}

function turnPage(by) {
  look({ page: wish.page + by, opened: null });
  announce(element("page-text").textContent);
  element("results").scrollIntoView();
  const button = element(by < 0 ? "page-before" : "page-after");
  (button.disabled ? element(by < 0 ? "page-after" : "page-before") : button).focus({ preventScroll: true });
}

/** Shows an item, on whatever page it is. */
function goTo(item) {
  Object.assign(wish, { filter: null, opened: item });
  const index = chosen().filter((other) => other !== stagedOf(all)).indexOf(item);
  const size = PER_PAGE[others.classList.contains("tiles") ? "tiles" : "cards"];
  look({ page: Math.max(0, Math.floor(index / size)) });
  item.card.scrollIntoView({ block: "center" });
  focus(item);
}

/* Tools and pages */

function drawTools(view) {
  element("tools").hidden = all.length < TOOLS_FROM;
  for (const button of element("views").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === view));
  }
}

function filterBy(key) {
  look({ filter: key, page: 0, opened: null });
  announce(fill(messages.shown, { count: chosen().length, total: all.length }));
}

function drawPager(count, size) {
  const first = wish.page * size;
  element("pager").hidden = count <= size;
  element("page-before").disabled = first === 0;
  element("page-after").disabled = first + size >= count;
  const values = { first: first + 1, last: Math.min(count, first + size), total: count };
  element("page-text").textContent = fill(messages.page, values);
}
