/* Pixels of a canvas as a network gets them: its channel order, less a mean, by a deviation. */

import { tensor } from "./tensor.js";

const ORDERS = { rgb: [0, 1, 2], bgr: [2, 1, 0] };
const LUMA = [0.299, 0.587, 0.114];

export function networkInput({ width, height, data }, { channelOrder, mean, std }) {
  const input = tensor(height, width, mean.length);
  for (let place = 0; place < width * height; place += 1) {
    const pixel = [0, 1, 2].map((channel) => data[4 * place + channel]);
    const channels =
      channelOrder === "grey"
        ? [pixel.reduce((sum, value, channel) => sum + value * LUMA[channel], 0)]
        : ORDERS[channelOrder].map((channel) => pixel[channel]);
    channels.forEach((value, channel) => {
      input.data[place * mean.length + channel] = (value - mean[channel]) / std[channel];
    });
  }
  return input;
}
