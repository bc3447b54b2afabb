/* Layer by layer: steps by slider, arrow keys or a click on the drawing; maps are laid over the photograph.
 *
 *   another layer, or a map that is chosen -> its address with bare=true -> only what changes is exchanged
 */

import { replaceAddress } from "../address.js";

const place = document.getElementById("layer");
const slider = document.getElementById("number");
const slabs = [...document.querySelectorAll(".slab")];
const fetched = new Map();
const TYPED_INTO = "input:not([type=range]), textarea, select, [contenteditable], .way-frame";

let wanted = "";

/* Going to another layer */

/** Resolves to the markup of an address; null where there is none. */
function fetchLayer(query) {
  if (!fetched.has(query)) {
    const found = fetch(`${window.location.pathname}${query}&bare=true`)
      .then((response) => (response.ok ? response.text() : null))
      .catch(() => null);
    found.then((text) => { if (text === null) fetched.delete(query); });
    fetched.set(query, found);
  }
  return fetched.get(query);
}

async function go(query, { isKept = true } = {}) {
  wanted = query;
  const markup = await fetchLayer(query);
  if (wanted !== query) return; // Somebody was quicker.
  if (markup === null) {
    window.location.assign(query); // The page says why.
    return;
  }
  place.innerHTML = markup;
  if (isKept) replaceAddress(query);
  const number = numberOf(query);
  mark(number);
  for (const near of [number + 1, number - 1]) if (near >= 1 && near <= slabs.length) fetchLayer(`?layer=${near}`);
}

function numberOf(query) {
  return Number(new URLSearchParams(query).get("layer")) || 1;
}

function mark(number) {
  slider.value = number;
  for (const slab of slabs) {
    const isHere = Number(slab.dataset.number) === number;
    slab.toggleAttribute("aria-current", isHere);
    if (isHere) {
      slab.setAttribute("aria-current", "step");
      bringIntoView(slab);
    }
  }
}

/** Scrolls the drawing, and nothing else. */
function bringIntoView(slab) {
  const frame = slab.closest(".way-frame");
  const [here, box] = [slab.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (here.left < box.left || here.right > box.right) frame.scrollLeft += here.left - box.left - box.width / 3;
}

function step(event) {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const isTaken = event.altKey || event.ctrlKey || event.metaKey || event.target.closest(TYPED_INTO) || event.target === slider;
  if (!way || isTaken) return;
  const number = Number(slider.value) + way;
  if (number < 1 || number > slabs.length) return;
  event.preventDefault();
  go(`?layer=${number}`);
}

/* Laying a map over the photograph */

function lay(tile) {
  const stage = place.querySelector(".stage-layer");
  stage.classList.toggle("stage-laid", Boolean(tile));
  if (!tile) return;
  stage.querySelector(".stage-map").setAttribute("href", tile.querySelector("img").src);
  for (const name of ["x", "y", "width", "height"]) stage.querySelector(".stage-frame").setAttribute(name, tile.dataset[name]);
}

function chosen() {
  return place.querySelector(".tile[aria-current]");
}

document.documentElement.classList.add("js");
if (place) {
  slider.addEventListener("input", () => go(`?layer=${slider.value}`));
  document.getElementById("step").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", step);
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".slab, .tile");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const isTile = link.matches(".tile");
    go(link.getAttribute("href")).then(() => { if (isTile) chosen()?.focus(); });
  });
  for (const [enter, leave] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    place.addEventListener(enter, (event) => { const tile = event.target.closest(".tile"); if (tile) lay(tile); });
    place.addEventListener(leave, (event) => { if (event.target.closest(".tile")) lay(chosen()); });
  }
  fetched.set(`?layer=${slider.value}`, Promise.resolve(place.innerHTML));
  bringIntoView(slabs[slider.value - 1]);
}
