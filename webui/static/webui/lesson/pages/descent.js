/* The sixth chapter: three optimizers go down the same loss, step by step.
 *
 *   start, rates -> for each optimizer: weights, state -> step -> way on the map, and the step in numbers
 */

import { LOSSES } from "../arithmetic/losses.js";
import { BETA_1, BETA_2, MOMENTUM, OPTIMIZERS } from "../arithmetic/optimizers.js";
import { factor, long } from "../views/figures.js";
import { drawLoss, drawPaths, RANGE, weightsAt } from "../views/loss_map.js";
import { compare, element, example, fill, messages } from "../views/page.js";
import { walk } from "../views/walk.js";

const NAMES = Object.keys(OPTIMIZERS);
const FAR = 1e4;
const map = element("loss-map");
let runs = {};

const start = () => [Number(element("start-x").value), Number(element("start-y").value)];
/** The slider goes in equal steps of the logarithm; two digits are enough. */
const rate = (name) => Number((10 ** Number(element(`rate-${name}`).value)).toPrecision(2));
const loss = () => LOSSES[element("loss").value];

function restart() {
  runs = Object.fromEntries(NAMES.map((name) => [name, { weights: start(), state: {}, way: [start()], said: "" }]));
  show();
}

function stepAll() {
  for (const name of NAMES) {
    const run = runs[name];
    if (run.weights.some((weight) => Math.abs(weight) > FAR)) continue;
    const gradient = loss().gradient(run.weights);
    const before = run.weights;
    Object.assign(run, OPTIMIZERS[name](run.weights, gradient, run.state, { rate: rate(name) }));
    run.way.push(run.weights);
    run.said = SAY[name]({ before: before[0], slope: gradient[0], after: run.weights[0], rate: rate(name), ...run.state });
  }
  show();
}

/** The last step of the first weight, with the numbers put in. */
const SAY = {
  sgd: ({ before, slope, after, rate: eta }) => `${long(before)} − ${long(eta)} · ${factor(slope)} = ${long(after)}`,
  momentum: ({ before, slope, after, rate: eta, velocity: [now] }) => {
    const last = (now + eta * slope) / MOMENTUM;
    return `v = ${MOMENTUM} · ${factor(last)} − ${long(eta)} · ${factor(slope)} = ${long(now)};  ${long(before)} + ${factor(now)} = ${long(after)}`;
  },
  adam: ({ before, after, rate: eta, steps, mean: [m], square: [v] }) => {
    const [first, second] = [m / (1 - BETA_1 ** steps), v / (1 - BETA_2 ** steps)];
    return `m̂ = ${long(first)}, v̂ = ${long(second)};  ${long(before)} − ${long(eta)} · ${factor(first)} / (√${long(second)} + 10⁻⁷) = ${long(after)}`;
  },
};

function show() {
  drawPaths(element("ways"), Object.fromEntries(NAMES.map((name) => [name, runs[name].way])));
  for (const name of NAMES) {
    const { weights, way, said } = runs[name];
    element(`at-${name}`).textContent = weights.map(long).join(", ");
    element(`loss-${name}`).textContent = long(loss().loss(weights));
    element(`said-${name}`).textContent = said;
    element(`rate-${name}-value`).textContent = long(rate(name));
    element(`steps-${name}`).textContent = String(way.length - 1);
  }
  const losses = NAMES.map((name) => `${element(`name-${name}`).textContent} ${long(loss().loss(runs[name].weights))}`);
  map.setAttribute("aria-label", fill(messages.lossMap, { steps: runs.sgd.way.length - 1, losses: losses.join(", ") }));
}

function begin() {
  drawLoss(element("bands"), loss().loss);
  restart();
}

map.addEventListener("click", (event) => {
  weightsAt(map, event).forEach((weight, index) => {
    const [field, [least, most]] = index ? [element("start-y"), RANGE.y] : [element("start-x"), RANGE.x];
    field.value = Math.min(most, Math.max(least, weight)).toFixed(1);
  });
  restart();
});
for (const id of ["start-x", "start-y", ...NAMES.map((name) => `rate-${name}`)]) element(id).addEventListener("input", restart);
element("loss").addEventListener("input", begin);
element("one-step").addEventListener("click", stepAll);
element("restart").addEventListener("click", restart);
walk(element("walk"), { next: stepAll });
begin();

const first = NAMES.map((name) => OPTIMIZERS[name](example.start, example.gradient, {}, { rate: example.rates[name] }).weights);
compare("check", first.flatMap((weights, index) =>
  weights.map((weight, i) => [weight - example.start[i], example.steps[NAMES[index]][i]]),
));
