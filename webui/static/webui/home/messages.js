/* What the page says, in the reader's language: everything comes from the server with the page. */

export const element = (id) => document.getElementById(id);
export const data = JSON.parse(element("script-data").textContent);
export const { messages } = data;

/** An address that came with the page for no answer, with the id of an answer in it. */
export function at(address, id) {
  return address.replace("00000000-0000-0000-0000-000000000000", id);
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A value to be shown in a line with other text: what is written right to left would take numbers beside it along. */
export function isolated(value) {
  return RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value;
}

/** Puts values into the words in braces. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => isolated(values[name]));
}

/** A button's or link's name that says whose it is: "Right: felix.jpg". */
export function named(what, filename) {
  return fill(messages.named, { what, filename });
}

/** As the server writes scores: no answer is certain. */
export function percent(score) {
  if (score < 0.001) return "<0.1%";
  if (score > 0.999) return ">99.9%";
  return `${(100 * score).toFixed(1)}%`;
}

export function className(name) {
  return Object.hasOwn(data.classNames, name) ? data.classNames[name] : name;
}

/** "37 cats": only of classes that are translated the plural is known. */
export function counted(label, count) {
  const [one, other] = Object.hasOwn(data.countedClasses, label) ? data.countedClasses[label] : data.countedClass;
  return fill(count === 1 ? one : other, { count, label: className(label) });
}

export function certainty(score) {
  return data.certainties.find(({ least }) => score >= least).words;
}

export function likenessWords(likeness) {
  return data.likenesses.find(({ least }) => likeness >= least).words;
}

/** What to say of a picture that was turned away and is perhaps of its nearest class: {headline, doubt, yes}, or null. */
export function perhaps({ known, likeness, top: [{ label, score }] }) {
  const { leastLikeness, leastScore, words, other } = data.perhaps;
  if (known || likeness === null || likeness < leastLikeness || score < leastScore) return null;
  const texts = Object.hasOwn(words, label) ? words[label] : other;
  const [headline, doubt, yes] = texts.map((text) => fill(text, { label: className(label) }));
  return { headline, doubt, yes };
}

/** What is wrong and what to do next; the reason says more than the code, where there is one. */
export function errorSentence(code, reason = "") {
  const known = [reason, code].find((name) => Object.hasOwn(data.errors, name));
  return data.errors[known ?? "internal_error"];
}

/** Tells those who listen to the page instead of looking at it. */
export function announce(text) {
  element("announcer").textContent = text;
}
