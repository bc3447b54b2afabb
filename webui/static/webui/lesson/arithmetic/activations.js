/* Activations, with the constants that Keras's functions of these names have. */

export const LEAK = 0.2;

export const ACTIVATIONS = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x < 0 ? LEAK * x : x),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};
