/* What the model looked at, laid over a picture. Fetched when it is first wanted; the answer is in the history already.
 *
 *   item.heat: {isOn, note, image, isFetching} -> its card and its tile draw it
 */

import { nameOf, redraw } from "./item.js";
import { announce, className, data, errorSentence, fill, messages } from "./messages.js";
import { ask } from "./request.js";

const QUERY = "?heatmap=true&top_k=1&keep=false";
const MOST_AT_ONCE = 2;

/** Turns the heat map of an answered item on or off. `item.sent` is what was sent of its file, if it was sent here. */
export async function toggle(item) {
  await turn(item, !item.heat?.isOn);
  if (item.heat.isOn || !item.heat.image) announce(item.heat.note);
}

/** Turns those of several items on or off, two at a time, until `isStale()`. */
export async function turnAll(items, isOn, isStale = () => false) {
  const left = items.filter((item) => Boolean(item.heat?.isOn) !== isOn);
  const next = async () => {
    while (left.length > 0 && !isStale()) await turn(left.shift(), isOn);
  };
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, next));
}

async function turn(item, isOn) {
  item.heat ??= {};
  const { heat } = item;
  heat.isOn = isOn;
  heat.note = isOn ? noteOf(heat) : "";
  redraw(item);
  if (!isOn || heat.image || heat.isFetching) return;
  heat.isFetching = true;
  const { prediction, code } = await explained(item);
  heat.isFetching = false;
  Object.assign(heat, prediction?.heatmap);
  if (!heat.image) heat.isOn = false;
  heat.note = heat.image ? noteOf(heat) : prediction ? messages.noHeat : errorSentence(code);
  if (heat.image && !heat.isOn) heat.note = ""; // It was turned off meanwhile.
  redraw(item);
}

/** What comes back from the history is asked about with its kept copy. */
async function explained(item) {
  try {
    item.sent ??= await keptCopy(item.url);
  } catch (error) {
    return { code: error.code ?? "unreachable" };
  }
  return ask(item.sent, nameOf(item), { query: QUERY });
}

/** Rejects with the `code` of why there is none, where the server says so. */
async function keptCopy(url) {
  const response = await fetch(url, { headers: { Accept: "application/json, image/*" } });
  if (response.ok) return response.blob();
  const { code = "internal_error" } = await response.json().catch(() => ({})); // A proxy's page.
  throw Object.assign(new Error(response.statusText), { code });
}

/** Which class it speaks for, and where it lies: colour alone says nothing to those who do not see it. */
function noteOf({ image, label, where }) {
  if (!image) return messages.looking;
  return fill(messages.heat, { label: className(label), where: data.heatPlaces[where] ?? "" }).trim();
}
