/* Batches that are being answered: the list is fetched anew every two seconds, and what differs is put in place. */

import { showLocalTimes } from "./times.js";

const EVERY_MS = 2000;
const told = document.getElementById("batches-told");
const list = () => document.getElementById("batches");

/** A batch in which somebody has the focus keeps its buttons until its state changes; its sentences go on. */
function follow(before, now) {
  const same = before.dataset.state === now.dataset.state;
  if (same && before.contains(document.activeElement)) {
    before.querySelector(".batch-said").replaceWith(now.querySelector(".batch-said"));
    return;
  }
  const hadFocus = before.contains(document.activeElement);
  before.replaceWith(now);
  if (hadFocus) now.querySelector(".actions :is(a, button)").focus();
  if (!same) told.textContent = [now.querySelector("h3").firstChild, now.querySelector(".batch-state")].map((one) => one.textContent).join(": ");
}

async function look() {
  const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!response.ok) return response.status >= 500;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const now = page.getElementById("batches");
  if (!now) return false;
  showLocalTimes(now);
  for (const batch of now.querySelectorAll(".batch-list > li")) {
    const before = document.getElementById(batch.id);
    if (before && !before.isEqualNode(batch)) follow(before, batch);
  }
  return now.dataset.open === "yes";
}

async function goOn() {
  const isWanted = document.hidden || (await look().catch(() => true));
  if (isWanted) setTimeout(goOn, EVERY_MS);
}

if (list().dataset.open === "yes") setTimeout(goOn, EVERY_MS);
