/* What the pages of all chapters share: their data, their texts, and the line that says that the server agrees. */

export const { messages, example, ...data } = JSON.parse(document.getElementById("script-data").textContent);

export function element(id) {
  return document.getElementById(id);
}

/** A message with its blanks filled: fill("{n} numbers", {n: 81}). */
export function fill(message, values) {
  return message.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function make(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** Says whether numbers computed here are those that the server computed: [[ours, theirs], ...]. */
export function compare(id, pairs, { tolerance = 1e-6, message = messages.checked } = {}) {
  const agree = ([ours, theirs]) => Math.abs(ours - theirs) <= tolerance * Math.max(1, Math.abs(theirs));
  const same = pairs.length > 0 && pairs.every(agree);
  const line = element(id);
  line.textContent = fill(same ? message : messages.unlike, { n: pairs.length });
  line.classList.toggle("checked", same);
  line.classList.toggle("unlike", !same);
  line.hidden = false;
}

/** Two lists of numbers as `compare` takes them; lists of different lengths agree in nothing. */
export function pairs(ours, theirs) {
  return ours.length === theirs.length ? Array.from(ours, (value, place) => [value, theirs[place]]) : [];
}

document.documentElement.classList.add("js");
