/* Batches that are being answered: what differs in the list as it is now is put in place. */

import { follow } from "./following.js";
import { showLocalTimes } from "./times.js";

const told = document.getElementById("batches-told");
const list = () => document.getElementById("batches");

/** A batch in which somebody has the focus keeps its buttons until its state changes; its sentences go on. */
function become(before, now) {
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

/** Takes over what differs in a page; returns false where a batch is gone from it. */
function takeOver(page) {
  const now = page.getElementById("batches");
  const mine = [...document.querySelectorAll(".batch-list > li")];
  if (!now || mine.some((batch) => !page.getElementById(batch.id))) return false;
  showLocalTimes(now);
  for (const before of mine) {
    const batch = page.getElementById(before.id);
    if (!before.isEqualNode(batch)) become(before, batch);
  }
  list().dataset.open = now.dataset.open;
  return true;
}

follow(() => list().dataset.open === "yes", takeOver);
