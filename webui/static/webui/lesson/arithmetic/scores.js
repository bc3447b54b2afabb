/* From the numbers of the last layer to scores and a loss, and what dropout takes away. */

/** Scores that sum to 1. Taking off the largest number first changes nothing but that none of them overflows. */
export function softmax(logits, temperature = 1) {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - largest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The loss of one picture: how little score the right class got. */
export function crossEntropy(scores, right) {
  return -Math.log(scores[right]);
}

/** How the loss changes with each logit: the scores, less 1 for the right class. */
export function lossGradient(scores, right) {
  return scores.map((score, index) => score - (index === right ? 1 : 0));
}

/** What is left of numbers while a network is trained; `kept` says of each whether it stays. */
export function dropout(values, rate, kept) {
  return values.map((value, index) => (kept[index] ? value / (1 - rate) : 0));
}

/** Draws that are the same for everybody: numbers from 0 to 1, by mulberry32. */
export function draws(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
