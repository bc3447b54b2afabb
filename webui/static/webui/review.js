/* The keys of the review: each presses the button, follows the link or enters the field that has it as data-key.
 *
 * Never while a key is held down, nor where keys.js says no. After a decision the focus is on the next picture's first
 * button.
 */

import { areWanted, hasModifier, isWriting } from "./keys.js";
import { isLeaving, leave } from "./once.js";

const DECIDED = "menagerie-review-decided";

function onKey(event) {
  if (hasModifier(event) || event.repeat || isLeaving()) return; // The next key is meant for the next picture.
  if (isWriting(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const control = areWanted() && document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!control || control.disabled) return;
  event.preventDefault();
  if (control.matches("input")) return control.focus();
  if (control.matches("a")) leave();
  control.click();
}

/** Whoever has just decided goes on with the next picture, not at the top of the page; a finger needs no focus. */
function goOn() {
  const hasDecided = sessionStorage.getItem(DECIDED) !== null;
  sessionStorage.removeItem(DECIDED);
  if (!hasDecided || matchMedia("(pointer: coarse)").matches) return;
  const next = document.querySelector(".review-verdict button, .review-empty-undo button");
  (next ?? document.getElementById("main")).focus();
}

goOn();
document.addEventListener("keydown", onKey);
window.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && event.target.closest(".review, .review-empty-undo")) sessionStorage.setItem(DECIDED, "yes");
});
