/* The upload page with JavaScript: previews at once, answers as they are ready, two at a time.
 *
 *   inputs -> add -> result card in the list, waiting
 *   waiting -> made smaller -> asked through the API -> answered | failed | cancelled (and again: waiting)
 *   removed -> kept for Undo until the next removal
 *   the page is opened again -> its answers come back from the history
 */

import * as enlarge from "./home/enlarge.js";
import { toggle } from "./home/heat_map.js";
import { listen } from "./home/inputs.js";
import { announce, element, fill, messages, perhaps } from "./home/messages.js";
import { ask } from "./home/request.js";
import { smallerCopy } from "./home/resize.js";
import * as card from "./home/result_card.js";
import * as stays from "./home/stays.js";
import * as undo from "./home/undo.js";

const MOST_AT_ONCE = 2;
const SEND_ORIGINALS = "menagerie.sendOriginals";

const cards = element("result-cards");
const sendOriginals = element("send-originals");

/** Pictures on the page, in order: {file, url, batch, place, node, state, sent, abort, id}. */
let items = [];
let asking = 0;

/** The newest pictures come first; those of one choice stay in their order. */
function add(files) {
  undo.withdraw();
  const batch = Date.now();
  const added = [...files].map((file, place) => ({ file, batch, place }));
  added.forEach(make);
  cards.prepend(...added.map((item) => item.node));
  items.unshift(...added);
  refresh();
  bringIntoView();
  work();
}

function make(item) {
  card.make(item);
  card.part(item, "remove").addEventListener("click", () => remove(item));
  card.part(item, "retry").addEventListener("click", () => retry(item));
  card.part(item, "heat-switch").addEventListener("click", () => toggle(item));
}

function isOpen(item) {
  return item.state === "waiting" || item.state === "looking";
}

/** Whether an item would be lost if the page were left. */
function isOnlyHere(item) {
  return isOpen(item) || (item.state === "answered" && !item.id);
}

function refresh() {
  const done = items.filter((item) => item.state === "answered" || item.state === "failed").length;
  element("results").hidden = items.length === 0;
  element("start-over").hidden = items.length === 0;
  element("cancel").hidden = !items.some(isOpen);
  element("not-kept").hidden = !items.some((item) => item.state === "answered" && !item.id);
  element("samples")?.toggleAttribute("hidden", items.length > 0);
  element("opening").classList.toggle("opening-slim", items.length > 0);
  cards.classList.toggle("result-cards-staged", isAlone(items[0]));
  element("progress").hidden = items.length < 2;
  element("progress").firstElementChild.max = Math.max(items.length, 1);
  element("progress").firstElementChild.value = done;
  element("progress-text").textContent = fill(messages.progress, { done, total: items.length });
  return { done, total: items.length };
}

/** Whether a picture came by itself: then its answer is the page, and older ones stand below. */
function isAlone(newest) {
  return items.filter((item) => item.batch === newest?.batch).length === 1;
}

/** Where somebody has scrolled away, or the screen is low, the newest answer is not on it. */
function bringIntoView() {
  const label = items[0] && card.part(items[0], "label").getBoundingClientRect();
  if (label && (label.top < 0 || label.bottom > window.innerHeight)) element("results").scrollIntoView();
}

/* Answering */

function work() {
  while (asking < MOST_AT_ONCE) {
    const item = items.find((candidate) => candidate.state === "waiting");
    if (!item) return;
    asking += 1;
    answer(item).finally(() => {
      asking -= 1;
      work();
    });
  }
}

async function answer(item) {
  const abort = new AbortController();
  item.abort = abort;
  card.sayLooking(item);
  item.sent = sendOriginals.checked ? item.file : await smallerCopy(item.file);
  const found = await ask(item.sent, item.file.name || "picture", {
    query: (await item.isDrawn) ? "" : "?thumbnail=true",
    signal: abort.signal,
    onBusy: (seconds) => card.sayBusy(item, seconds),
  });
  if (abort.signal.aborted) return;
  if (found.prediction) tell(item, found);
  else card.sayError(item, found);
  refresh();
}

function tell(item, found) {
  card.sayAnswer(item, found);
  if (!found.prediction.id) return;
  item.id = found.prediction.id;
  stays.remember(item);
  askWhetherRight(item, found);
}

function askWhetherRight({ node, id }, { prediction, correction }) {
  const detail = { id, prediction, yes: perhaps(prediction)?.yes, correction };
  node.dispatchEvent(new CustomEvent("menagerie:answered", { bubbles: true, detail }));
}

function retry(item) {
  card.sayWaiting(item);
  card.part(item, "remove").focus();
  refresh();
  work();
}

function cancel() {
  for (const item of items.filter(isOpen)) {
    item.abort?.abort();
    card.sayCancelled(item);
  }
  announce(fill(messages.announceCancelled, refresh()));
  element("start-over").focus();
}

/* Back from the history */

async function bringBack() {
  if (!stays.any()) return;
  element("opening").classList.add("opening-slim"); // What is about to go needs no glance.
  const { answers, failed } = await stays.recall();
  element("not-restored").hidden = !failed;
  const back = answers.map(card.kept);
  back.forEach(make);
  items.push(...back); // What came meanwhile is newer.
  cards.append(...back.map((item) => item.node));
  for (const item of back) {
    card.showAnswer(item, item.found);
    askWhetherRight(item, item.found);
  }
  refresh();
  if (back.length > 0) announce(messages.backAgain);
}

/* Removing, and back */

function remove(item) {
  const index = items.indexOf(item);
  takeAway([item], fill(messages.removed, { filename: card.nameOf(item) }), () => {
    putBack([item], index);
    announce(fill(messages.restored, { filename: card.nameOf(item) }));
  });
  const neighbour = items[Math.min(index, items.length - 1)];
  if (neighbour) card.part(neighbour, "remove").focus();
  else undo.focusButton();
}

function startOver() {
  const gone = items;
  takeAway(gone, messages.startedOver, () => {
    putBack(gone, 0);
    announce(messages.allRestored);
  });
  undo.focusButton();
}

function takeAway(gone, text, restore) {
  for (const item of gone) {
    if (isOpen(item)) {
      item.abort?.abort();
      card.sayWaiting(item);
    }
    item.node.remove();
  }
  items = items.filter((item) => !gone.includes(item));
  stays.forget(gone);
  undo.offer(text, { restore, expire: () => gone.forEach(card.forget) });
  announce(text);
  refresh();
}

function putBack(gone, index) {
  items.splice(index, 0, ...gone);
  gone.filter((item) => item.id).forEach(stays.remember);
  cards.replaceChildren(...items.map((item) => item.node));
  refresh();
  card.part(gone[0], "remove").focus();
  work();
}

/* The setting */

/** Some browsers refuse to store anything; then it holds until the page is left. */
function stored(use) {
  try {
    return use(window.localStorage);
  } catch {
    return null;
  }
}

sendOriginals.checked = stored((storage) => storage.getItem(SEND_ORIGINALS)) === "yes";
sendOriginals.addEventListener("change", () => {
  stored((storage) => storage.setItem(SEND_ORIGINALS, sendOriginals.checked ? "yes" : "no"));
});

document.documentElement.classList.add("js");
element("cancel").addEventListener("click", cancel);
element("start-over").addEventListener("click", startOver);
window.addEventListener("beforeunload", (event) => {
  if (items.some(isOnlyHere)) event.preventDefault();
});
enlarge.listen(cards);
listen(add);
stays.takeOver(cards);
bringBack();
