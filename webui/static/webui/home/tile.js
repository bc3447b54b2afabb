/* One tile: a picture with the name of what it is and how sure that is, among many. A press on it shows its card. */

import { isAnswered, nameOf } from "./item.js";
import { element } from "./messages.js";
import { show } from "./picture.js";
import { errorOf, wordsOf } from "./words.js";

/** The tile of an item, which is made when it is first asked for; a press calls `open`. */
export function tileOf(item, open) {
  if (!item.tile) make(item, open);
  return item.tile;
}

function make(item, open) {
  item.tile = element("tile-template").content.firstElementChild.cloneNode(true);
  const file = part(item, "file");
  file.textContent = nameOf(item);
  file.title = nameOf(item);
  part(item, "open").addEventListener("click", () => open(item));
  item.draws.push(draw);
  draw(item);
}

function part(item, name) {
  return item.tile.querySelector(`.tile-${name}`);
}

function draw(item) {
  const { name, score } = wordsOf(item);
  item.tile.className = `tile tile-${item.state}`;
  item.tile.classList.toggle("tile-unknown", isAnswered(item) && !item.found.prediction.known);
  show(part(item, "image"), item);
  part(item, "name").textContent = name;
  part(item, "score").textContent = score;
  part(item, "open").title = errorOf(item);
  part(item, "said").hidden = !item.correction;
  drawHeat(item);
}

function drawHeat(item) {
  const { isOn, image, note } = item.heat ?? {};
  const shown = part(item, "heat");
  if (!isOn || !image) {
    shown?.remove();
  } else if (!shown) {
    part(item, "picture").append(Object.assign(new Image(), { className: "tile-heat", src: image, alt: note }));
  }
}
