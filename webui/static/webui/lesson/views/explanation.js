/* One output number, taken apart: the products in the kernel's form, and the sum as a sentence. */

import { factor, long } from "./figures.js";
import { fill, make, messages } from "./page.js";

const MOST_IN_A_SENTENCE = 9;

/** Shows the products of one number: {row, column, value, weight, product}, `across` of them in a row. */
export function explainProducts(host, found, { across, row, column }) {
  const sum = found.reduce((total, { product }) => total + product, 0);
  const list = make("ol", `products products-${across}`);
  list.append(...found.map(productOf));
  host.querySelector("ol")?.remove();
  host.prepend(list);
  explain(host, messages.sumOf, { row, column, sum: written(found, sum) });
}

/** Says in one sentence what a number comes of; only this is read aloud when another number is looked at. */
export function explain(host, text, values) {
  host.querySelector(".sum").textContent = fill(text, values);
}

function productOf({ row, value, weight, product }) {
  const item = make("li", row === null ? "product added" : "product");
  item.append(make("span", "", `${long(value)} × ${factor(weight)}`), make("strong", "", long(product)));
  return item;
}

/** 9·1 + 0·(−1) + ... = 27; of many products only how many there are. */
function written(found, sum) {
  if (found.length > MOST_IN_A_SENTENCE) return fill(messages.manyProducts, { n: found.length, sum: long(sum) });
  return `${found.map(({ value, weight }) => `${long(value)}·${factor(weight)}`).join(" + ")} = ${long(sum)}`;
}
