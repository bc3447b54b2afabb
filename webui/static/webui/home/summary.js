/* What the answers come to, as the page shows it: the sentence, what it is least sure of, and the tallies to press. */

import { isOpen, nameOf } from "./item.js";
import { element, isolated, messages, named } from "./messages.js";
import { show } from "./picture.js";
import { place } from "./place.js";
import { leastSure, sentenceOf } from "./tallies.js";
import { wordsOf } from "./words.js";

const UNSURE_FROM = 4;
const MOST_TALLIES = 12;

const title = element("results-title");
const tallyNodes = new Map();

/** Shows the sentence of some tallies: as the heading, or, below a picture that is large, beside the others' tools. */
export function drawSentence(items, tallies, { isBelow, goTo }) {
  const sentence = items.length > 1 ? sentenceOf(tallies) : "";
  title.textContent = isBelow || !sentence ? messages.answers : sentence;
  title.classList.toggle("results-sentence", Boolean(!isBelow && sentence));
  element("overview").hidden = items.length < 2;
  element("overview-sentence").textContent = isBelow ? sentence : "";
  const unsure = items.length < UNSURE_FROM || items.some(isOpen) ? [] : leastSure(items);
  element("least-sure").hidden = unsure.length === 0;
  element("least-sure-text").textContent = unsure.length === 1 ? messages.leastSureOne : messages.leastSure;
  place(element("least-sure-list"), unsure.map((item) => unsureNode(item, goTo)));
}

function unsureNode(item, goTo) {
  if (!item.unsureNode) {
    const { name, score } = wordsOf(item);
    const words = `${isolated(name)} ${score}`;
    item.unsureNode = element("unsure-template").content.firstElementChild.cloneNode(true);
    const button = item.unsureNode.firstElementChild;
    button.addEventListener("click", () => goTo(item));
    button.setAttribute("aria-label", named(words, nameOf(item)));
    button.querySelector("span").textContent = words;
    show(button.querySelector("img"), item);
  }
  return item.unsureNode;
}

/** Shows a button for each tally, and one for all `total` pictures; that of `pressed` is pressed, null for all.
 *
 * press(key): shows only the pictures of a tally; of the one that is pressed it is called with null.
 */
export function drawTallies(tallies, { total, pressed, press }) {
  const entries = [{ key: null, label: messages.tallies.all, count: total }, ...tallies];
  const nodes = entries.map((entry) => tallyNode(entry, pressed, press));
  place(element("tallies"), nodes.slice(0, MOST_TALLIES + 1));
  place(element("more-tallies-list"), nodes.slice(MOST_TALLIES + 1));
  element("more-tallies").hidden = nodes.length <= MOST_TALLIES + 1;
}

function tallyNode({ key, label, count }, pressed, press) {
  if (!tallyNodes.has(key)) {
    tallyNodes.set(key, element("tally-template").content.firstElementChild.cloneNode(true));
  }
  const node = tallyNodes.get(key);
  node.firstElementChild.textContent = label;
  node.lastElementChild.textContent = count;
  node.setAttribute("aria-pressed", String(pressed === key));
  node.onclick = () => press(pressed === key ? null : key);
  return node;
}
