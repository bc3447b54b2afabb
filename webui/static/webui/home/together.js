/* What is done with all pictures that are shown: right, all of these; what it looked at; to take away as CSV or zip. */

import { turnAll } from "./heat_map.js";
import { isAnswered, redraw } from "./item.js";
import { announce, data, element, errorSentence, fill, messages } from "./messages.js";
import { check, formToken } from "./session.js";

const heatSwitch = element("heat-all");
const right = element("right-all");
const takeAway = element("take-away");

let showsHeat = false;
let shown = [];
/** Those whose heat map was turned on for all. */
const heated = new Set();

/** `chosen()`: the items on all pages that the filter lets through. `offerUndo(text, restore)`: shows the line with Undo. `said(item)`: after somebody's word on it has changed. */
export function listen({ chosen, offerUndo, said }) {
  heatSwitch.addEventListener("click", () => {
    showsHeat = !showsHeat;
    heatSwitch.setAttribute("aria-pressed", String(showsHeat));
    if (showsHeat) heat();
    else turnAll([...heated], false);
    if (!showsHeat) heated.clear();
  });
  right?.addEventListener("click", () => sayRight(judgeable(chosen()), { offerUndo, said }));
  takeAway?.addEventListener("submit", () => {
    takeAway.elements.ids.value = idsOf(chosen()).join(",");
  });
}

/** Follows what is to be seen: `visible` are on the page, `all` on all pages of the filter. `isBusy`: some are open, and
 * the browser would ask before a file is sent for. */
export function follow(visible, all, isBusy) {
  shown = visible.filter(isAnswered);
  if (showsHeat) heat();
  heatSwitch.hidden = !all.some(isAnswered);
  if (right) drawRight(judgeable(all).length);
  if (takeAway) takeAway.hidden = isBusy || idsOf(all).length === 0;
}

/** Shows the heat maps of what is on the page; what was turned off by hand stays so. */
async function heat() {
  const fresh = shown.filter((item) => !heated.has(item));
  for (const item of fresh) heated.add(item);
  await turnAll(fresh, true, () => !showsHeat);
  const failed = fresh.length > 0 && showsHeat && fresh.every((item) => item.heat && !item.heat.image);
  say(failed ? fresh[0].heat.note : "");
}

function say(text) {
  element("together-said").textContent = text;
  if (text) announce(text);
}

function drawRight(count) {
  right.hidden = count === 0;
  right.textContent = fill(messages.rightAll, { count });
}

/** Those that name a class, and of which nobody has said anything. */
function judgeable(items) {
  return items.filter((item) => item.id && !item.correction && item.found.prediction.known).slice(0, data.mostAnswers);
}

function idsOf(items) {
  return items.filter(({ id }) => id).map(({ id }) => id).slice(0, data.mostAnswers);
}

async function sayRight(items, { offerUndo, said }) {
  if (right.ariaBusy === "true") return;
  right.ariaBusy = "true";
  const { noted, code } = await send(items, "right");
  right.ariaBusy = "false";
  if (!noted) {
    say(errorSentence(code));
    return;
  }
  say("");
  const told = items.filter(({ id }) => noted.includes(id));
  note(told, ({ found }) => ({ kind: "right", label: found.prediction.label, state: "pending" }), said);
  offerBack(told, { offerUndo, said });
}

/** Offers to take back what was said of all of these; once more where that did not reach the server. */
function offerBack(told, { offerUndo, said }) {
  offerUndo(fill(messages.rightAllSaid, { count: told.length }), async () => {
    const { noted: back, code } = await send(told, "withdraw");
    if (!back) {
      offerBack(told, { offerUndo, said });
      say(errorSentence(code));
      return;
    }
    say("");
    note(told.filter(({ id }) => back.includes(id)), () => null, said);
    announce(fill(messages.rightAllTaken, { count: back.length }));
    right.focus();
  });
}

function note(items, correctionOf, said) {
  for (const item of items) {
    item.correction = correctionOf(item);
    redraw(item);
    said(item);
  }
}

/** Resolves to {noted}, the ids of those for which it is so now, or to {code}; never rejects. */
async function send(items, kind) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", formToken());
  body.set("ids", idsOf(items).join(","));
  body.set("kind", kind);
  try {
    const response = await fetch(data.correctManyUrl, { method: "POST", body, headers: { Accept: "application/json" } });
    const answer = await response.json();
    if (response.ok) return answer;
    return { code: (await check(0)) ?? answer.code ?? "internal_error" };
  } catch {
    return { code: "unreachable" };
  }
}
