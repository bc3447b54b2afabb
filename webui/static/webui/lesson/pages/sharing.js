/* The second chapter: weights of a fully connected layer and of a convolution, and an object that moves. */

import { convolve, kernelFromRows } from "../arithmetic/convolution.js";
import { convolutionWeights, denseWeights } from "../arithmetic/costs.js";
import { fromRows } from "../arithmetic/tensor.js";
import { counted, long } from "../views/figures.js";
import { grid } from "../views/grid.js";
import { grey, signed } from "../views/looks.js";
import { compare, element, example, fill, messages, pairs } from "../views/page.js";
import { svg } from "../views/svg.js";

/* Side by side */

const FIELDS = ["side", "channels", "units", "kernel", "filters"];
const BOX = 264;

/** What the fields hold; a field whose number is out of its limits keeps the one before. */
const given = Object.fromEntries(FIELDS.map((name) => [name, Number(element(name).value)]));

function readField(name) {
  const field = element(name);
  const value = Number(field.value);
  const isGood = Number.isInteger(value) && value >= Number(field.min) && value <= Number(field.max);
  field.setAttribute("aria-invalid", String(!isGood));
  if (isGood) given[name] = value;
}

function count() {
  const { side, channels, units, kernel, filters } = given;
  const dense = denseWeights({ height: side, width: side, channels, units });
  const shared = convolutionWeights({ kernel, channels, filters });
  element("dense-formula").textContent = `${side} × ${side} × ${channels} × ${units} =`;
  element("dense-weights").textContent = counted(dense);
  element("shared-formula").textContent = `${kernel} × ${kernel} × ${channels} × ${filters} =`;
  element("shared-weights").textContent = counted(shared);
  const [more, less] = [Math.max(dense, shared), Math.min(dense, shared)];
  element("ratio").textContent = fill(dense >= shared ? messages.denseMore : messages.sharedMore, {
    times: counted(more / less),
  });
  drawSquares(dense, shared);
}

/** Two squares whose areas are as the numbers; what would be smaller than a point is drawn as one. */
function drawSquares(dense, shared) {
  const most = Math.sqrt(Math.max(dense, shared));
  for (const [id, weights] of [["dense-square", dense], ["shared-square", shared]]) {
    const side = Math.max(1.5, ((BOX - 24) * Math.sqrt(weights)) / most);
    const square = svg("rect", { x: 12, y: BOX - 12 - side, width: side, height: side, class: "square" });
    // A ring leads the eye to what would not be seen.
    const ring = svg("circle", { cx: 12 + side / 2, cy: BOX - 12 - side / 2, r: 10, class: "ring" });
    element(id).replaceChildren(square, ...(side < 8 ? [ring] : []));
  }
}

/* What moves along */

const SIDE = example.picture.length;
const OBJECT = [[9, 0, 9], [0, 9, 0], [9, 0, 9]];
const kernel = kernelFromRows(example.kernel);
const unit = fromRows(example.unit);
const LAST = SIDE - OBJECT.length;
const at = { row: 4, column: 4 };

const grids = {
  picture: grid(element("moving-picture"), { label: messages.movingPicture }),
  map: grid(element("moving-map"), { label: messages.movingMap }),
  unit: grid(element("moving-unit"), { label: messages.movingUnit }),
};

function picture({ row, column }) {
  const rows = Array.from({ length: SIDE }, () => Array(SIDE).fill(0));
  OBJECT.forEach((line, i) => line.forEach((value, j) => (rows[row + i][column + j] = value)));
  return fromRows(rows);
}

/** What one fully connected unit says: one weight for each pixel. */
function dense(input) {
  return input.data.reduce((sum, value, place) => sum + value * unit.data[place], 0);
}

function showMoved() {
  const input = picture(at);
  const map = convolve(input, kernel);
  grids.picture.show(input, grey);
  grids.map.show(map, signed(map));
  grids.unit.show(unit, signed(unit));
  const best = map.data.indexOf(Math.max(...map.data));
  const [row, column] = [Math.floor(best / map.width), best % map.width];
  grids.map.mark([[row, column]], "looked-at");
  element("map-says").textContent = fill(messages.mapSays, { value: long(map.data[best]), row: row + 1, column: column + 1 });
  element("unit-says").textContent = fill(messages.unitSays, { value: long(dense(input)) });
  return { map, said: dense(input) };
}

function move([down, across]) {
  at.row = Math.min(LAST, Math.max(0, at.row + down));
  at.column = Math.min(LAST, Math.max(0, at.column + across));
  showMoved();
}

const MOVES = { up: [-1, 0], down: [1, 0], left: [0, -1], right: [0, 1] };

FIELDS.forEach((name) =>
  element(name).addEventListener("input", () => {
    readField(name);
    count();
  }),
);
for (const [name, step] of Object.entries(MOVES)) element(`move-${name}`).addEventListener("click", () => move(step));
count();
const { map, said } = showMoved();
compare("check", [...pairs(map.data, example.map.flat()), [said, example.said]]);
