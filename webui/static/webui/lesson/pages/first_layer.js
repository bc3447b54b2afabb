/* The fourth chapter: one filter of the model's first layer on a whole picture, and batch normalisation of its map.
 *
 *   picture -> network input -> * kernel -> map -> batch normalisation -> ReLU
 */

import { batchNormalise, moments } from "../arithmetic/batch_normalisation.js";
import { convolve, kernelOf } from "../arithmetic/convolution.js";
import { networkInput } from "../arithmetic/network_input.js";
import { long } from "../views/figures.js";
import { drawHistogram } from "../views/histogram.js";
import { drawKernel, drawSigned } from "../views/images.js";
import { compare, data, element, fill, messages } from "../views/page.js";
import { pictureChoice } from "../views/picture_choice.js";

const WAIT_MS = 120;
const state = { image: null, query: null, filter: null, map: null };
const picture = element("network-picture");

function pixels() {
  const context = picture.getContext("2d", { willReadFrequently: true });
  context.drawImage(state.image, 0, 0, picture.width, picture.height);
  return context.getImageData(0, 0, picture.width, picture.height);
}

function makeMap() {
  const { kernel, bias, stride, margin } = state.filter;
  const input = networkInput(pixels(), state.filter);
  const weights = kernelOf(kernel.length, kernel[0].length, kernel[0][0].length, 1, kernel.flat(2));
  const map = convolve(input, weights, { stride, padding: margin });
  map.data.forEach((value, place) => (map.data[place] = value + bias));
  return map;
}

/** With the statistics that the model has stored, or with those of this picture. */
function normalised(found) {
  const { mean, variance, epsilon } = state.filter.batchNorm;
  const own = element("statistics").value === "picture";
  const [gamma, beta] = ["gamma", "beta"].map((name) => Number(element(name).value));
  const used = own ? found : { mean, variance };
  return batchNormalise(Array.from(state.map.data), { gamma, beta, epsilon, ...used });
}

function show() {
  const found = moments(state.map.data);
  const reach = Math.max(1e-6, 3 * Math.sqrt(found.variance) + Math.abs(found.mean));
  drawSigned(element("map-before"), state.map, reach);
  drawHistogram(element("spread-before"), state.map.data, [-reach, reach]);
  write("before", found);
  if (!state.filter.batchNorm) return;
  const after = normalised(found);
  const map = { ...state.map, data: after };
  drawSigned(element("map-after"), map, 3);
  drawSigned(element("map-active"), { ...map, data: after.map((value) => Math.max(value, 0)) }, 3);
  drawHistogram(element("spread-after"), after, [-5, 5]);
  write("after", moments(after));
  writeFormula(found);
}

function write(name, { mean, variance }) {
  element(`mean-${name}`).textContent = long(mean);
  element(`variance-${name}`).textContent = long(variance);
}

/** The first number of the map, with all numbers put in. */
function writeFormula(found) {
  const stored = element("statistics").value === "stored" ? state.filter.batchNorm : found;
  const [gamma, beta] = ["gamma", "beta"].map((name) => Number(element(name).value));
  element("gamma-value").textContent = long(gamma);
  element("beta-value").textContent = long(beta);
  const middle = Math.floor(state.map.height / 2) * state.map.width + Math.floor(state.map.width / 2);
  const value = state.map.data[middle];
  const { epsilon } = state.filter.batchNorm;
  const [result] = batchNormalise([value], { gamma, beta, epsilon, mean: stored.mean, variance: stored.variance });
  element("norm-numbers").textContent = fill("{gamma} · ({value} − {mean}) / √({variance} + {epsilon}) + {beta} = {result}", {
    gamma: long(gamma),
    value: long(value),
    mean: stored.mean < 0 ? `(${long(stored.mean)})` : long(stored.mean),
    variance: long(stored.variance),
    epsilon: String(epsilon),
    beta: beta < 0 ? `(${long(beta)})` : long(beta),
    result: long(result),
  });
}

function takeUp() {
  state.map = makeMap();
  show();
  const { expected } = state.filter;
  if (!state.query) {
    element("check").hidden = true;
    return;
  }
  const { mean, variance } = moments(state.map.data);
  const ours = [state.map.height, state.map.width, mean, variance, Math.min(...state.map.data), Math.max(...state.map.data)];
  const theirs = ["height", "width", "mean", "variance", "least", "most"].map((name) => expected[name]);
  compare("check", ours.map((value, place) => [value, theirs[place]]), {
    tolerance: 1e-4,
    message: messages.checkedMap,
  });
}

async function fetchFilter() {
  const index = Number(element("filter").value) - 1;
  element("filter-value").textContent = String(index + 1);
  const { query } = state;
  const response = await fetch(`${data.filterUrl.replace("/0.json", `/${index}.json`)}?${query ?? ""}`);
  const filter = response.ok ? await response.json() : null;
  if (!filter || query !== state.query || index !== Number(element("filter").value) - 1) return;
  state.filter = filter;
  drawKernel(element("filter-picture"), state.filter.kernel, state.filter.channelOrder);
  element("norm-part").hidden = !state.filter.batchNorm;
  resetNorm();
  takeUp();
}

function resetNorm() {
  if (!state.filter.batchNorm) return;
  element("statistics").value = "stored";
  for (const name of ["gamma", "beta"]) element(name).value = state.filter.batchNorm[name];
}

const choice = pictureChoice((image, query, description) => {
  Object.assign(state, { image, query });
  picture.setAttribute("aria-label", description);
  return fetchFilter();
});

if (element("filter")) {
  let timer = 0;
  element("filter").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(fetchFilter, WAIT_MS);
  });
  for (const name of ["gamma", "beta", "statistics"]) element(name).addEventListener("input", show);
  element("reset").addEventListener("click", () => {
    resetNorm();
    show();
  });
  choice.first();
}
