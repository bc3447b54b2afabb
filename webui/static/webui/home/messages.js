/* What the page says, in the reader's language: everything comes from the server with the page. */

export const element = (id) => document.getElementById(id);
export const data = JSON.parse(element("script-data").textContent);
export const { messages } = data;

/** Puts values into the words in braces. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
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

export function certainty(score) {
  return data.certainties.find(({ least }) => score >= least).words;
}

export function likenessWords(likeness) {
  return data.likenesses.find(({ least }) => likeness >= least).words;
}

export function errorSentence(code) {
  return Object.hasOwn(data.errors, code) ? data.errors[code] : data.errors.internal_error;
}

/** Tells those who listen to the page instead of looking at it. */
export function announce(text) {
  element("announcer").textContent = text;
}
