/* The fifth chapter: softmax and its temperature, the loss of one answer, dropout. */

import { crossEntropy, draws, dropout, lossGradient, softmax } from "../arithmetic/scores.js";
import { long } from "../views/figures.js";
import { grid } from "../views/grid.js";
import { signed } from "../views/looks.js";
import { compare, element, example, fill, messages, pairs } from "../views/page.js";
import { axes, curve, scale, svg } from "../views/svg.js";

const rows = [...document.querySelectorAll("[data-logit]")];

/* Softmax and loss */

function logits() {
  return rows.map((row) => Number(row.querySelector("input[type=range]").value));
}

/** The slider goes in equal steps of the logarithm: from 0.1 to 10, 1 in the middle. */
function temperature() {
  return 10 ** (Number(element("temperature").value) / 50);
}

function right() {
  return rows.findIndex((row) => row.querySelector("input[type=radio]").checked);
}

function show() {
  const [given, scores] = [logits(), softmax(logits(), temperature())];
  const gradient = lossGradient(softmax(given), right());
  rows.forEach((row, index) => {
    row.querySelector("[data-value]").textContent = long(given[index]);
    row.querySelector("meter").value = scores[index];
    row.querySelector("[data-score]").textContent = percent(scores[index]);
    row.querySelector("[data-gradient]").textContent = (gradient[index] > 0 ? "+" : "") + long(gradient[index]);
  });
  element("temperature-value").textContent = long(Number(temperature().toFixed(2)));
  const powers = given.map((logit) => Math.exp(logit / temperature()));
  element("softmax-numbers").textContent = fill("{first} / ({all}) = {score}", {
    first: brief(powers[0]),
    all: powers.map(brief).join(" + "),
    score: long(scores[0]),
  });
  showLoss(scores[right()], crossEntropy(scores, right()));
}

function brief(value) {
  return value >= 1e5 || value < 1e-3 ? value.toExponential(1).replace("e+", "e").replace("-", "−") : String(Number(value.toPrecision(3)));
}

function percent(score) {
  return `${(100 * score).toFixed(1)}%`;
}

function showLoss(score, loss) {
  element("loss-numbers").textContent = `−ln ${long(score)} = ${long(loss)}`;
  const x = scale([0, 1], [14, 250]);
  const y = scale([0, 5], [150, 10]);
  element("loss-curve").replaceChildren(
    axes(x, y, [0, 1], [0, 5]),
    svg("polyline", { class: "curve", points: curve((value) => -Math.log(value), [Math.exp(-5), 1], x, y) }),
    svg("path", { class: "guide", d: `M ${x(score)} ${y(0)} V ${y(Math.min(loss, 5))} H ${x(0)}` }),
    svg("circle", { class: "dot", cx: x(score), cy: y(Math.min(loss, 5)), r: 5 }),
  );
}

/* Dropout */

const VALUES = example.activations;
const shown = { before: grid(element("dropout-before"), { label: messages.dropoutBefore }), after: grid(element("dropout-after"), { label: messages.dropoutAfter }) };
let seed = 1;

function asMap(values) {
  return { height: 4, width: 4, channels: 1, data: Float64Array.from(values) };
}

function drop() {
  const rate = Number(element("rate").value) / 100;
  const draw = draws(seed);
  const isTraining = element("phase").value === "training";
  const kept = VALUES.map(() => !isTraining || draw() >= rate);
  const left = dropout(VALUES, isTraining ? rate : 0, kept);
  const before = asMap(VALUES);
  const look = signed({ data: [...VALUES, Math.max(...VALUES) / (1 - rate)] });
  shown.before.show(before, look);
  shown.after.show(asMap(left), look);
  element("rate-value").textContent = `${Math.round(100 * rate)}%`;
  element("dropout-says").textContent = fill(messages.dropoutSays, {
    kept: kept.filter(Boolean).length,
    n: VALUES.length,
    scale: long(isTraining ? 1 / (1 - rate) : 1),
    before: long(sum(VALUES)),
    after: long(sum(left)),
  });
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

rows.forEach((row) => row.addEventListener("input", show));
element("temperature").addEventListener("input", show);
for (const id of ["rate", "phase"]) element(id).addEventListener("input", drop);
element("draw").addEventListener("click", () => {
  seed += 1;
  drop();
});
show();
drop();
const scores = softmax(example.logits);
compare("check", [
  ...pairs(scores, example.scores),
  ...pairs(softmax(example.logits, 2), example.softer),
  ...pairs(scores.map((_, index) => crossEntropy(scores, index)), example.losses),
]);
