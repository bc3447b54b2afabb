/* Sorts pictures without leaving the page: by keys, by buttons, and by dragging them onto the name of a class.
 *
 *   an item: [data-picture], with one thing in it that has the focus; what it can do are buttons with data-key
 *   a form with data-sorting is sent -> POST, JSON -> its items go, the next one has the focus, #studio-said says so
 *
 * The classes are buttons of the form #sorting with data-digit. Their keys move the pictures that are chosen, or else
 * the one that has the focus. Without this script all of them are plain forms.
 */

import { areWanted, hasModifier, isWriting } from "../keys.js";

const DRAGGED = "application/x-menagerie-pictures";
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const sorting = document.getElementById("sorting");
const undo = document.getElementById("studio-undo");
let isBusy = false;

const items = () => [...document.querySelectorAll("[data-picture]")];
const itemOf = (element) => element?.closest?.("[data-picture]") ?? null;
const focused = () => itemOf(document.activeElement);
const box = (item) => item.querySelector("input[type=checkbox]");
const chosen = () => items().filter((item) => box(item)?.checked);

function focus(item) {
  (item ? (box(item) ?? item.querySelector("button")) : document.getElementById("main"))?.focus();
  item?.scrollIntoView({ block: "nearest" });
}

function say(text) {
  const place = document.getElementById("studio-said");
  if (place) place.textContent = text;
}

/** The pictures that a key or the button of a class is meant for. */
function meant() {
  const some = chosen();
  return some.length ? some : [focused()].filter(Boolean);
}

let lastFocused = null;
document.addEventListener("focusin", ({ target }) => {
  lastFocused = itemOf(target) ?? lastFocused;
});

/** Sends a form for some items, which go where it works; resolves when that is done. */
async function send(form, body, some, address = form.action) {
  if (isBusy) return;
  isBusy = true;
  try {
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    const answer = await response.json().catch(() => null); // A page, such as a proxy makes of an error.
    say(answer?.sentence ?? answer?.detail ?? sorting.dataset.lost);
    if (response.ok && answer) settle(goneWith(some, body), answer);
  } catch {
    say(sorting.dataset.lost);
  } finally {
    isBusy = false;
  }
}

/** Some items with those that go with them: all of a picture that is deleted, and what one looked like that is moved. */
function goneWith(some, body) {
  if (!body.has("target")) return some;
  const pictures = new Set(body.getAll("pictures"));
  const isGone = ({ picture, other, looksLike }) =>
    body.get("target") ? pictures.has(picture) && looksLike : pictures.has(picture) || pictures.has(other);
  return items().filter((item) => some.includes(item) || isGone(item.dataset));
}

function settle(gone, answer) {
  const all = items();
  const at = Math.min(...gone.map((item) => all.indexOf(item)));
  const sections = new Set(gone.map((item) => item.closest(".studio-finding")));
  for (const item of gone) item.remove();
  for (const section of sections) if (section && !section.querySelector("[data-picture]")) section.remove();
  undo.hidden = !answer.undo;
  document.querySelector("[data-left]").textContent = answer.count;
  const left = items();
  if (!left.length) return location.reload(); // The next page of them, or the news that there are none.
  return focus(left[Math.min(at, left.length - 1)]);
}

/** Moves items to a class, or deletes them where it is empty. */
function sort(some, target) {
  if (!some.length) return void say(sorting.dataset.none);
  if (!target && some.length > 1 && !confirm(sorting.dataset.sure)) return;
  const body = new FormData(sorting);
  body.delete("pictures");
  for (const item of some) body.append("pictures", item.dataset.picture);
  body.set("target", target);
  if (some[0].dataset.sign) body.set("sign", some[0].dataset.sign);
  send(sorting, body, some);
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!("sorting" in form.dataset) || !submitter) return;
  event.preventDefault();
  if (form === sorting && submitter.name === "target") return void sort(meant(), submitter.value);
  const body = new FormData(form);
  if (form === sorting) body.delete("pictures");
  body.set(submitter.name, submitter.value);
  const address = submitter.hasAttribute("formaction") ? submitter.formAction : form.action;
  send(form, body, [itemOf(submitter)].filter(Boolean), address);
});

/** The item that is next to one on the screen: beside it, or in the row above or below. */
function neighbour(item, [across, down]) {
  const all = items();
  if (!item) return all[0];
  if (across) return all[all.indexOf(item) + across];
  const here = item.getBoundingClientRect();
  const rows = all
    .map((each) => ({ each, place: each.getBoundingClientRect() }))
    .filter(({ place }) => (down > 0 ? place.top >= here.bottom - 1 : place.bottom <= here.top + 1));
  const far = ({ place }) => 10 * Math.abs(place.top - here.top) + Math.abs(place.left - here.left);
  return rows.sort((one, other) => far(one) - far(other))[0]?.each;
}

function controlOf(key) {
  const digit = /^[1-9]$/.test(key) && document.querySelector(`.studio-place[data-digit="${key}"]`);
  if (digit) return digit;
  const mine = `[data-key="${CSS.escape(key.toLowerCase())}"]`;
  return focused()?.querySelector(mine) ?? document.querySelector(`:not([data-picture] *)${mine}`);
}

document.addEventListener("keydown", (event) => {
  if (hasModifier(event) || !areWanted() || isWriting(event.target)) return;
  if (ARROWS[event.key]) {
    const next = neighbour(focused() ?? lastFocused, ARROWS[event.key]);
    if (!next || (!focused() && event.target !== document.body && event.target.id !== "main")) return;
    event.preventDefault();
    focus(next);
    return;
  }
  const control = !event.repeat && controlOf(event.key);
  if (!control || control.hidden) return;
  event.preventDefault();
  control.click();
});

for (const item of sorting ? sorting.querySelectorAll("[data-picture]") : []) {
  item.draggable = true;
  item.querySelector("img").draggable = false;
  item.addEventListener("dragstart", (event) => {
    if (!box(item).checked) for (const other of chosen()) box(other).checked = false;
    lastFocused = item;
    event.dataTransfer.setData(DRAGGED, item.dataset.picture);
    event.dataTransfer.effectAllowed = "move";
  });
}

for (const place of document.querySelectorAll(".studio-place")) {
  for (const name of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes(DRAGGED)) return;
      event.preventDefault();
      place.classList.toggle("over", name === "dragover");
      if (name !== "drop") return;
      const id = event.dataTransfer.getData(DRAGGED);
      const dragged = items().filter((item) => item.dataset.picture === id); // None where it comes from another window.
      const some = chosen();
      sort(some.includes(dragged[0]) ? some : dragged, place.value);
    });
  }
}
