/* One step of each optimizer. Equal to keras.optimizers, with its defaults but for the learning rate.
 *
 *   step(weights, gradient, state, settings) -> {weights, state}        the first state is {}
 */

export const MOMENTUM = 0.9;
export const BETA_1 = 0.9;
export const BETA_2 = 0.999;
export const EPSILON = 1e-7;

function sgd(weights, gradient, state, { rate }) {
  return { weights: weights.map((weight, i) => weight - rate * gradient[i]), state };
}

function momentum(weights, gradient, { velocity = weights.map(() => 0) }, { rate, momentum: share = MOMENTUM }) {
  const now = velocity.map((v, i) => share * v - rate * gradient[i]);
  return { weights: weights.map((weight, i) => weight + now[i]), state: { velocity: now } };
}

function adam(weights, gradient, state, { rate }) {
  const { steps = 0, mean = weights.map(() => 0), square = weights.map(() => 0) } = state;
  const next = {
    steps: steps + 1,
    mean: mean.map((m, i) => BETA_1 * m + (1 - BETA_1) * gradient[i]),
    square: square.map((v, i) => BETA_2 * v + (1 - BETA_2) * gradient[i] ** 2),
  };
  const corrected = (rate * Math.sqrt(1 - BETA_2 ** next.steps)) / (1 - BETA_1 ** next.steps);
  const moved = weights.map((weight, i) => weight - (corrected * next.mean[i]) / (Math.sqrt(next.square[i]) + EPSILON));
  return { weights: moved, state: next };
}

export const OPTIMIZERS = { sgd, momentum, adam };
