/* The third chapter: what each kind of convolution costs, for sizes that the reader chooses. */

import { cost } from "../arithmetic/costs.js";
import { counted } from "../views/figures.js";
import { compare, element, example, fill, messages } from "../views/page.js";

const FIELDS = ["side", "channels", "filters", "kernel", "groups"];
const rows = [...document.querySelectorAll("[data-kind]")];

function given() {
  return Object.fromEntries(FIELDS.map((name) => [name, Number(element(name).value)]));
}

function show() {
  const sizes = given();
  const costs = rows.map((row) => cost(row.dataset.kind, { ...sizes, stride: row.dataset.kind === "transposed" ? 2 : 1 }));
  const most = Math.max(...costs.map(({ multiplyAdds }) => multiplyAdds));
  const plain = costs[rows.findIndex((row) => row.dataset.kind === "standard")];
  rows.forEach((row, index) => {
    const { weights, multiplyAdds, side } = costs[index];
    row.querySelector("[data-weights]").textContent = counted(weights);
    row.querySelector("[data-adds]").textContent = millions(multiplyAdds);
    row.querySelector("[data-side]").textContent = `${side} × ${side}`;
    const meter = row.querySelector("meter");
    meter.value = multiplyAdds / most;
    meter.setAttribute("aria-label", fill(messages.ofStandard, { share: (multiplyAdds / plain.multiplyAdds).toFixed(2) }));
  });
  return costs;
}

function millions(value) {
  return (value / 1e6).toFixed(value < 1e7 ? 2 : 1);
}

FIELDS.forEach((name) => element(name).addEventListener("input", show));
const costs = show();
compare("check", costs.flatMap(({ weights, multiplyAdds }, index) => [
  [weights, example.costs[index].weights],
  [multiplyAdds, example.costs[index].multiplyAdds],
]));
