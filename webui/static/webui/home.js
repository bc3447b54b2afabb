/* The upload page with JavaScript: previews at once, answers as they are ready.
 *
 *   inputs -> add -> items -> queue -> answers; overview shows what is to be seen of them
 *   removed -> kept for Undo until the next removal
 *   the page is opened again -> its answers come back from the history
 */

import * as enlarge from "./home/enlarge.js";
import { toggle } from "./home/heat_map.js";
import { listen } from "./home/inputs.js";
import { change, forget, fromFile, fromHistory, isAnswered, isOnlyHere, isOpen, isRetryable, nameOf, redraw } from "./home/item.js";
import { announce, element, fill, isolated, messages, perhaps } from "./home/messages.js";
import * as overview from "./home/overview.js";
import { makeQueue } from "./home/queue.js";
import { part } from "./home/result_card.js";
import * as session from "./home/session.js";
import * as stays from "./home/stays.js";
import * as together from "./home/together.js";
import * as undo from "./home/undo.js";
import { spoken } from "./home/words.js";

const SEND_ORIGINALS = "menagerie.sendOriginals";

const results = element("result-cards");
const sendOriginals = element("send-originals");
const pageTitle = document.title;

/** Pictures on the page, the newest choice first. */
let items = [];

const queue = makeQueue({
  items: () => items,
  mayGo: session.check,
  sendsOriginals: () => sendOriginals.checked,
  changed: answered,
  finished,
});

/** The newest pictures come first; those of one choice stay in their order. */
function add(files) {
  undo.withdraw();
  element("no-address").hidden = true;
  const batch = Date.now();
  items.unshift(...[...files].map((file, place) => fromFile(file, batch, place)));
  overview.reset();
  refresh();
  bringIntoView();
  queue.work();
}

function answered(item) {
  if (item.id) stays.remember([item]);
  refresh();
}

/** Says what became of the pictures that were asked about, once: a sentence each would be too many. */
function finished(asked) {
  if (asked.some(({ state }) => state === "cancelled")) return;
  if (asked.length === 1) announce(spoken(asked[0]));
  else if (asked.length > 1) announce(fill(messages.announceMany, { total: asked.length, sentence: overview.summaryOf(asked) }));
}

function refresh() {
  const missing = items.filter(isRetryable).length;
  element("results").hidden = items.length === 0;
  element("start-over").hidden = items.length === 0;
  const hadFocus = document.activeElement === element("cancel");
  element("cancel").hidden = !items.some(isOpen);
  element("retry-all").hidden = missing === 0 || items.length === 1;
  element("retry-all").textContent = fill(missing === 1 ? messages.retryOne : messages.retryAll, { count: missing });
  if (hadFocus && element("cancel").hidden) element(element("retry-all").hidden ? "start-over" : "retry-all").focus();
  element("not-kept").hidden = !items.some((item) => isAnswered(item) && !item.id);
  element("samples")?.toggleAttribute("hidden", items.length > 0);
  element("opening").classList.toggle("opening-slim", items.length > 0);
  drawProgress(missing);
  const visible = overview.render(items);
  together.follow(visible, overview.chosen(), items.some(isOpen));
  visible.forEach(askWhetherRight);
}

/** While pictures are open: how many are done. Afterwards, if some could be tried again: how many have no answer. */
function drawProgress(missing) {
  const done = items.filter(isAnswered).length;
  const open = items.filter(isOpen).length;
  const failed = items.length - done - open;
  const values = { done, failed, total: items.length };
  const words = open ? (failed ? messages.progressFailed : messages.progress) : unansweredWords();
  element("progress").hidden = items.length < 2 || (!open && !missing);
  element("progress").firstElementChild.hidden = !open;
  element("progress").firstElementChild.max = Math.max(items.length, 1);
  element("progress").firstElementChild.value = done + failed;
  element("progress-text").textContent = fill(words, values);
  const told = open ? fill(messages.progress, values) : items.length === 1 ? spokenName() : overview.summaryOf(items);
  document.title = told ? `${told} · Menagerie` : pageTitle;
}

/** What failed for want of a connection waits for the browser to say that there is one again. */
function unansweredWords() {
  const waits = !navigator.onLine && items.some(({ code }) => code === "unreachable");
  return waits ? messages.goesOn : messages.unanswered;
}

function spokenName() {
  return isAnswered(items[0]) ? spoken(items[0]).replace(`${isolated(nameOf(items[0]))}: `, "") : messages.notAnswered;
}

/** Where somebody has scrolled away, or the screen is low, the newest answer is not on it. */
function bringIntoView() {
  const sign = items[0] && overview.newestSign(items).getBoundingClientRect();
  if (sign && (sign.top < 0 || sign.bottom > window.innerHeight)) element("results").scrollIntoView();
}

/** Tells those who ask below a card whether it is right; once, for they keep what was said. */
function askWhetherRight(item) {
  const { card, id, isAsked } = item;
  if (isAsked || !id || !card?.isConnected) return;
  item.isAsked = true;
  const { prediction } = item.found;
  const detail = { id, prediction, yes: perhaps(prediction)?.yes, correction: item.correction, filename: nameOf(item) };
  card.dispatchEvent(new CustomEvent("menagerie:answered", { bubbles: true, detail }));
}

/* Again, and no more */

function tryAgain(again) {
  for (const item of again) change(item, "waiting");
  refresh();
  queue.work();
}

function retry(item) {
  tryAgain([item]);
  overview.focus(item);
}

function retryAll() {
  tryAgain(items.filter(isRetryable));
  element("cancel").focus();
}

/** What failed for this reason is tried again when it is gone. */
function goOnAfter(...codes) {
  const again = items.filter(({ state, code }) => state === "failed" && codes.includes(code));
  if (again.length > 0) tryAgain(again);
}

function cancel() {
  for (const item of items.filter(isOpen)) {
    item.abort?.abort();
    change(item, "cancelled");
  }
  refresh();
  announce(fill(messages.announceCancelled, { unanswered: element("progress-text").textContent }));
  element("start-over").focus();
}

/* Back from the history */

async function bringBack() {
  if (!stays.any()) return;
  element("opening").classList.add("opening-slim"); // What is about to go needs no glance.
  const { answers, failed } = await stays.recall();
  element("not-restored").hidden = !failed;
  const back = answers.map(fromHistory);
  items.push(...back); // What came meanwhile is newer.
  refresh();
  if (back.length > 0) announce(messages.backAgain);
}

/* Removing, and back */

function remove(item) {
  const index = items.indexOf(item);
  takeAway([item], fill(messages.removed, { filename: nameOf(item) }), () => {
    putBack([item], index);
    announce(fill(messages.restored, { filename: nameOf(item) }));
  });
  const neighbour = items[Math.min(index, items.length - 1)];
  if (neighbour) overview.focus(neighbour);
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
  for (const item of gone.filter(isOpen)) {
    item.abort?.abort();
    change(item, "waiting");
  }
  items = items.filter((item) => !gone.includes(item));
  stays.forget(gone);
  undo.offer(text, { restore, expire: () => gone.forEach(forget) });
  announce(text);
  refresh();
}

function putBack(gone, index) {
  items.splice(index, 0, ...gone);
  stays.remember(gone.filter((item) => item.id));
  refresh();
  overview.focus(gone[0]);
  queue.work();
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
element("retry-all").addEventListener("click", retryAll);
window.addEventListener("online", () => goOnAfter("unreachable"));
window.addEventListener("beforeunload", (event) => {
  if (items.some(isOnlyHere)) event.preventDefault();
});
document.addEventListener("menagerie:said", (event) => {
  const item = items.find(({ id }) => id === event.detail.id);
  if (!item) return;
  item.correction = event.detail.correction;
  redraw(item);
  refresh();
});
overview.listen({ remove, retry, "heat-switch": toggle }, refresh);
together.listen({
  chosen: overview.chosen,
  offerUndo: (text, restore) => {
    undo.offer(text, { restore, expire: () => {} });
    announce(text);
    undo.focusButton();
  },
  said: (item) => {
    item.isAsked = false; // Its card asks anew, or says what was said.
    refresh();
  },
});
session.listen(() => {
  announce(messages.backIn);
  goOnAfter("unauthenticated", "changed_account");
});
enlarge.listen(results);
listen(add);
stays.takeOver(element("newest"));
bringBack();
