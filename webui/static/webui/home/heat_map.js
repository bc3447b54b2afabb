/* The switch that lays over a picture what the model looked at. Fetched when it is first wanted; the answer is
 * in the history already. */

import { className, errorSentence, fill, messages } from "./messages.js";
import { ask } from "./request.js";
import { nameOf, part } from "./result_card.js";

const QUERY = "?heatmap=true&top_k=1&keep=false";

/** Turns the heat map of an answered item on or off. `item.sent` is what was sent of its file, if it was sent here. */
export async function toggle(item) {
  const isOn = part(item, "heat-switch").getAttribute("aria-pressed") === "true";
  show(item, !isOn);
  if (isOn || part(item, "heat").src || item.fetchingHeat) return;
  part(item, "heat-note").textContent = messages.looking;
  item.fetchingHeat = true;
  const answer = await explained(item);
  item.fetchingHeat = false;
  draw(item, answer);
}

/** What comes back from the history is asked about with its kept copy. */
async function explained(item) {
  try {
    item.sent ??= await (await fetch(item.url)).blob();
  } catch {
    return { code: "unreachable" };
  }
  return ask(item.sent, nameOf(item), { query: QUERY });
}

function draw(item, { prediction, code }) {
  const heatmap = prediction?.heatmap;
  if (heatmap) {
    part(item, "heat").src = heatmap.image;
    part(item, "heat-note").textContent = fill(messages.heat, { label: className(heatmap.label) });
    show(item, part(item, "heat-switch").getAttribute("aria-pressed") === "true");
  } else {
    show(item, false);
    part(item, "heat-note").textContent = prediction ? messages.noHeat : errorSentence(code);
    part(item, "heat-note").hidden = false;
  }
}

function show(item, isOn) {
  part(item, "heat-switch").setAttribute("aria-pressed", String(isOn));
  part(item, "heat").hidden = !isOn || !part(item, "heat").src;
  part(item, "heat-note").hidden = !isOn;
}
