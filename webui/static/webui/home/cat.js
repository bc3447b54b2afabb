/* The cat in the arch: looks to where a picture is dragged, closes its eyes while it thinks, and tilts its head at
 * what it does not know. Purely for joy: it is hidden from who listens, and keeps still where motion is not wanted.
 */

import { element } from "./messages.js";

const WAITING = ":is(.result-card, .tile):is(.result-card-waiting, .result-card-looking, .tile-waiting, .tile-looking)";
const FARTHEST = 1.6; // Of the eyes, in units of the drawing.

const cat = element("cat");
const eyes = cat.querySelector(".cat-eyes");
const cards = element("result-cards");

function lookAt({ clientX, clientY }) {
  const box = cat.getBoundingClientRect();
  const [x, y] = [clientX - box.x - box.width / 2, clientY - box.y - box.height / 2];
  const distance = Math.hypot(x, y) || 1;
  const reach = FARTHEST * Math.min(1, distance / box.width);
  eyes.setAttribute("transform", `translate(${(x / distance) * reach} ${(y / distance) * reach})`);
}

function lookAhead() {
  eyes.removeAttribute("transform");
}

function feel() {
  cat.classList.toggle("cat-thinking", Boolean(cards.querySelector(WAITING)));
  cat.classList.toggle("cat-puzzled", Boolean(cards.querySelector(".result-card")?.querySelector(".result-card-nearest:not(:empty)")));
}

document.addEventListener("dragover", lookAt);
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) lookAhead(); });
document.addEventListener("drop", lookAhead);
new MutationObserver(feel).observe(cards, { childList: true, subtree: true, attributeFilter: ["class"] });
