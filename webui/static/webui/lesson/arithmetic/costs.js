/* What layers cost: weights to learn (without biases), and multiply-adds for one picture. */

import { outputSize } from "./windows.js";

export function denseWeights({ height, width, channels, units }) {
  return height * width * channels * units;
}

export function convolutionWeights({ kernel, channels, filters, groups = 1 }) {
  return (kernel * kernel * channels * filters) / groups;
}

/** {weights, multiplyAdds, side} of a kind of convolution over a square map, with `same` padding.
 *
 * `deformable` is that of Dai et al. 2017: a second convolution says for each of the kernel's places how far it moves,
 * and a value between pixels is mixed of four.
 */
export function cost(kind, { side, channels, filters, kernel, stride = 1, groups = 1 }) {
  const out = kind === "transposed" ? side * stride : outputSize(side, kernel, { stride, padding: "same" });
  const places = out * out;
  const plain = convolutionWeights({ kernel, channels, filters });
  const offsets = convolutionWeights({ kernel, channels, filters: 2 * kernel * kernel });
  const depthwise = kernel * kernel * channels;
  const weights = {
    standard: plain,
    grouped: plain / groups,
    dilated: plain,
    separable: depthwise + channels * filters,
    transposed: plain,
    pointwise: channels * filters,
    deformable: plain + offsets,
  }[kind];
  const mixing = kind === "deformable" ? 4 * depthwise * places : 0;
  const times = kind === "transposed" ? side * side : places;
  return { weights, multiplyAdds: weights * times + mixing, side: out };
}
