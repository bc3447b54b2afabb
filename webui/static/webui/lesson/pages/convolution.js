/* The first chapter: picture * kernel -> map -> activation -> pooling, each number of each step explained.
 *
 *   controls, kernel, pixels -> state -> compute -> three grids, the sizes, and the numbers that are looked at
 */

import { ACTIVATIONS } from "../arithmetic/activations.js";
import { convolve, kernelFromRows, products } from "../arithmetic/convolution.js";
import { pool, pooled, POOLS } from "../arithmetic/pooling.js";
import { at, fromRows, mapped, toRows } from "../arithmetic/tensor.js";
import { margins, outputSize, reach } from "../arithmetic/windows.js";
import { KERNELS, PICTURES, resized, SIDE } from "../presets.js";
import { drawActivation } from "../views/activation_curve.js";
import { explain, explainProducts } from "../views/explanation.js";
import { factor, long } from "../views/figures.js";
import { grid } from "../views/grid.js";
import { kernelEditor } from "../views/kernel_editor.js";
import { grey, signed } from "../views/looks.js";
import { compare, data, element, example, fill, messages, pairs } from "../views/page.js";
import { patchPicker } from "../views/patch_picker.js";
import { pictureChoice } from "../views/picture_choice.js";
import { walk } from "../views/walk.js";

const state = { input: PICTURES.cross, kernel: KERNELS.diagonal, map: null, active: null, pooled: null };
const looked = { map: [0, 0], active: [0, 0], pooled: [0, 0] };

const grids = {
  input: grid(element("input"), { label: messages.picture, onPress: paint }),
  map: grid(element("map"), { label: messages.map, onPick: (...place) => look("map", place) }),
  active: grid(element("active"), { label: messages.active, onPick: (...place) => look("active", place) }),
  pooled: grid(element("pooled"), { label: messages.pooled, onPick: (...place) => look("pooled", place) }),
};
const editor = kernelEditor(element("kernel"), (rows) => {
  state.kernel = rows;
  element("preset").value = "own";
  compute();
});

const options = () => ({
  stride: Number(element("stride").value),
  padding: element("padding").value,
  dilation: Number(element("dilation").value),
});
const pooling = () => ({ size: Number(element("pool-size").value), stride: Number(element("pool-stride").value) });

/* From what is set to what is shown */

function compute() {
  const fits = outputSize(SIDE, state.kernel.length, options()) > 0;
  element("too-large").hidden = fits;
  element("results").hidden = !fits;
  writeSizes();
  if (!fits) return;
  state.map = convolve(state.input, kernelFromRows(state.kernel), options());
  state.active = mapped(state.map, ACTIVATIONS[element("activation").value]);
  state.pooled = pool(element("pool").value, state.active, pooling());
  grids.input.show(state.input, grey);
  for (const name of ["map", "active", "pooled"]) {
    grids[name].show(state[name], signed(state[name]));
    const last = [state[name].height - 1, state[name].width - 1];
    look(name, looked[name].map((index, side) => Math.max(0, Math.min(index, last[side]))));
  }
}

/** floor((n + 2p - k) / s) + 1 with the numbers put in; of margins that differ, both are written. */
function writeSizes() {
  const given = options();
  const side = state.kernel.length;
  const [before, after] = margins(SIDE, side, given);
  const added = before === after ? `2·${before}` : `${before} + ${after}`;
  const size = outputSize(SIDE, side, given);
  element("size-formula").textContent =
    `⌊(${SIDE} + ${added} − ${reach(side, given.dilation)}) / ${given.stride}⌋ + 1 = ${size}`;
  element("size-reach").textContent =
    given.dilation > 1 ? `k = ${given.dilation}·(${side} − 1) + 1 = ${reach(side, given.dilation)}` : "";
  element("map-size").textContent = `${size} × ${size}`;
  const { size: window, stride } = pooling();
  const made = outputSize(size, window, { stride });
  element("pooled-size").textContent = `${made} × ${made}`;
  element("pool-formula").textContent = made > 0 ? `⌊(${size} + 2·0 − ${window}) / ${stride}⌋ + 1 = ${made}` : "";
  element("too-large").textContent = fill(messages.tooLarge, { reach: reach(side, given.dilation), side: SIDE });
}

/* One number */

function look(name, place) {
  looked[name] = place;
  if (state[name].data.length) EXPLAIN[name](...place);
  else explain(element(`${name}-explained`), "", {});
  grids[name].mark([place], "looked-at");
}

const EXPLAIN = {
  map(row, column) {
    const found = products(state.input, kernelFromRows(state.kernel), options(), row, column);
    const place = { across: state.kernel.length, row: row + 1, column: column + 1 };
    explainProducts(element("map-explained"), found, place);
    grids.input.mark(found.filter((one) => one.row !== null).map((one) => [one.row, one.column]));
  },
  active(row, column) {
    const name = element("activation").value;
    const [value, result] = [at(state.map, row, column), at(state.active, row, column)];
    const called = element("activation").selectedOptions[0].textContent;
    explain(element("active-explained"), "{called}({value}) = {result}", {
      called,
      value: long(value),
      result: long(result),
    });
    drawActivation(element("curve"), name, value);
  },
  pooled(row, column) {
    const kind = element("pool").value;
    const found = pooled(state.active, pooling(), row, column);
    const numbers = found.map(({ value }) => (kind === "max" ? long(value) : factor(value)));
    const result = long(POOLS[kind](found.map(({ value }) => value)));
    const text = kind === "max" ? "max({numbers}) = {result}" : "({numbers}) / {n} = {result}";
    const joined = numbers.join(kind === "max" ? ", " : " + ");
    explain(element("pooled-explained"), text, { numbers: joined, n: found.length, result });
    grids.active.mark(found.map((one) => [one.row, one.column]));
  },
};

/* What the reader changes */

function paint(row, column) {
  const place = row * SIDE + column;
  state.input = { ...state.input, data: state.input.data.slice() };
  state.input.data[place] = state.input.data[place] > 4 ? 0 : 9;
  compute();
}

function useKernel(rows) {
  state.kernel = rows;
  element("kernel-side").value = rows.length;
  editor.show(rows);
  compute();
}

async function choosePreset() {
  const name = element("preset").value;
  element("filter-field").hidden = name !== "network";
  if (KERNELS[name]) useKernel(KERNELS[name]);
  if (name !== "network") return;
  const number = element("filter").value;
  const rows = await networkKernel(Number(number) - 1).catch(() => null);
  if (element("preset").value !== name || element("filter").value !== number) return; // Another one was chosen meanwhile.
  if (rows) useKernel(rows);
  else showAsOwn();
}

/** What stands there is none of the list. */
function showAsOwn() {
  element("preset").value = "own";
  element("filter-field").hidden = true;
}

/** A kernel of the model for a grey picture: there, red, green and blue are the same, and their weights add up. */
async function networkKernel(index) {
  const response = await fetch(data.filterUrl.replace("/0.json", `/${index}.json`));
  if (!response.ok) return null;
  const { kernel } = await response.json();
  return kernel.map((row) => row.map((channels) => Number(channels.reduce((sum, weight) => sum + weight, 0).toFixed(4))));
}

const picker = patchPicker(SIDE, (found) => {
  if (element("picture").value !== "patch") return;
  state.input = found;
  compute();
});
const choice = pictureChoice((image, _, description) => {
  element("patch-picture").setAttribute("aria-label", description);
  picker.use(image);
});
let isChosen = false;

function choosePicture() {
  const name = element("picture").value;
  element("patch").hidden = name !== "patch";
  if (name !== "patch") {
    state.input = PICTURES[name];
    compute();
  } else if (isChosen) picker.draw();
  else choice.first();
  isChosen ||= name === "patch";
}

/* The page */

function check() {
  const map = convolve(fromRows(example.picture), kernelFromRows(example.kernel));
  const active = mapped(map, ACTIVATIONS.relu);
  const ours = [map, active, pool("max", active, { size: 2 })].flatMap((made) => toRows(made).flat());
  compare("check", pairs(ours, [example.map, example.active, example.pooled].flat(2)));
}

for (const id of ["stride", "padding", "dilation", "activation", "pool", "pool-size", "pool-stride"]) {
  element(id).addEventListener("input", compute);
}
element("preset").addEventListener("input", choosePreset);
element("filter").addEventListener("change", choosePreset);
element("picture").addEventListener("input", choosePicture);
element("kernel-side").addEventListener("input", () => {
  showAsOwn();
  useKernel(resized(state.kernel, Number(element("kernel-side").value)));
});
walk(element("walk"), {
  next: () => {
    const place = looked.map[0] * state.map.width + looked.map[1] + 1;
    const step = place % state.map.data.length;
    look("map", [Math.floor(step / state.map.width), step % state.map.width]);
  },
});
useKernel(KERNELS.diagonal);
check();
if (new URLSearchParams(location.search).size) {
  element("picture").value = "patch";
  choosePicture();
}
