/* Losses over two weights that can be drawn, each with its gradient. */

/** A long valley: steep across, flat along. */
const valley = {
  loss: ([x, y]) => 0.05 * x ** 2 + y ** 2,
  gradient: ([x, y]) => [0.1 * x, 2 * y],
};

/** The same valley with hollows on its way, in which a step can be caught. */
const hollows = {
  loss: ([x, y]) => 0.05 * x ** 2 + y ** 2 + 0.4 * (1 - Math.cos(2 * x)),
  gradient: ([x, y]) => [0.1 * x + 0.8 * Math.sin(2 * x), 2 * y],
};

/** A pass between two hills: flat where it begins, and down to both sides. */
const saddle = {
  loss: ([x, y]) => 0.5 * x ** 2 - y ** 2 + 0.12 * y ** 4 + 2.1,
  gradient: ([x, y]) => [x, -2 * y + 0.48 * y ** 3],
};

export const LOSSES = { valley, hollows, saddle };
