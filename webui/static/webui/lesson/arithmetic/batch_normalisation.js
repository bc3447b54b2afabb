/* Batch normalisation of one channel. Equal to Keras's layer, which takes the batch's own statistics while it is
 * trained, and those that it has stored when it answers.
 */

/** {mean, variance} of numbers; the variance divides by their count, as Keras's does. */
export function moments(values) {
  const mean = sum(values) / values.length;
  return { mean, variance: sum(values.map((value) => (value - mean) ** 2)) / values.length };
}

export function batchNormalise(values, { gamma = 1, beta = 0, mean, variance, epsilon = 1e-3 }) {
  const scale = gamma / Math.sqrt(variance + epsilon);
  return values.map((value) => (value - mean) * scale + beta);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
