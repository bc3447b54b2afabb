/* Where it looked: another class's map at a click, and a slider between photograph and map.
 *
 *   a bar is chosen -> the map of its class -> laid over the photograph; the address names it, so it can be passed on
 */

import { replaceAddress } from "../address.js";

const stage = document.getElementById("stage");
const heat = document.getElementById("heat");
const seen = document.getElementById("seen");
const blend = document.getElementById("blend");
const bars = [...document.querySelectorAll("a.look-bar")];
// Up to here the map comes over the photograph; from here on the photograph goes.
const LAID = 70;

function choose(bar) {
  for (const other of bars) other.removeAttribute("aria-current");
  bar.setAttribute("aria-current", "true");
  heat.setAttribute("href", bar.dataset.map);
  seen.textContent = seen.dataset.words.replace("{label}", () => bar.dataset.name);
  replaceAddress(bar.href);
}

function mix() {
  const value = Number(blend.value);
  const laid = Math.min(1, value / LAID);
  stage.style.setProperty("--heat", laid);
  stage.style.setProperty("--grey", laid);
  stage.style.setProperty("--photo", value <= LAID ? 1 : 1 - 0.9 * (value - LAID) / (100 - LAID));
}

/** Arrow keys go from bar to bar, as in a list; Enter or a click chooses. */
function step(event) {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const next = way && bars[bars.indexOf(event.currentTarget) + way];
  if (!next) return;
  event.preventDefault();
  next.focus();
  choose(next);
}

document.documentElement.classList.add("js");
if (heat) {
  for (const bar of bars) {
    bar.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(bar);
    });
    bar.addEventListener("keydown", step);
  }
  blend.addEventListener("input", mix);
  mix();
}
