/* Convolution, as networks have it: every output number is a sum of products. Equal to `tf.nn.conv2d`.
 *
 * A kernel is {height, width, channels, filters, data}: channels of the input that it sees, filters that it makes.
 * Its numbers lie as in Keras: row, column, channel, filter.
 */

import { at, tensor } from "./tensor.js";
import { outputSize, sources } from "./windows.js";

export function kernelOf(height, width, channels, filters, data) {
  return { height, width, channels, filters, data: Float64Array.from(data) };
}

/** A kernel of one channel and one filter from its rows. */
export function kernelFromRows(rows) {
  return kernelOf(rows.length, rows[0].length, 1, 1, rows.flat());
}

export function weightAt(kernel, row, column, channel = 0, filter = 0) {
  return kernel.data[((row * kernel.width + column) * kernel.channels + channel) * kernel.filters + filter];
}

/** What is multiplied for one output number, in the kernel's order: {row, column, channel, value, weight, product}.
 *
 * `row` and `column` are null where the value is a zero that padding has added.
 */
export function products(input, kernel, options, row, column, filter = 0) {
  const [rows, columns] = taps(input, kernel, options);
  const first = firstChannel(input, kernel, options, filter);
  const found = [];
  rows[row].forEach((y, i) =>
    columns[column].forEach((x, j) => {
      for (let channel = 0; channel < kernel.channels; channel += 1) {
        const value = y === null || x === null ? 0 : at(input, y, x, first + channel);
        const weight = weightAt(kernel, i, j, channel, filter);
        found.push({ row: y, column: x, channel: first + channel, value, weight, product: value * weight });
      }
    }),
  );
  return found;
}

export function convolve(input, kernel, options = {}) {
  const [rows, columns] = taps(input, kernel, options);
  const output = tensor(rows.length, columns.length, kernel.filters);
  for (let filter = 0; filter < kernel.filters; filter += 1) {
    const first = firstChannel(input, kernel, options, filter);
    rows.forEach((ys, row) =>
      columns.forEach((xs, column) => {
        const place = (row * output.width + column) * output.channels + filter;
        output.data[place] = sum(input, kernel, ys, xs, first, filter);
      }),
    );
  }
  return output;
}

/** One output number; a loop without objects, for the first layer of a network has millions of products. */
function sum(input, kernel, ys, xs, first, filter) {
  let total = 0;
  for (let i = 0; i < ys.length; i += 1) {
    for (let j = 0; j < xs.length && ys[i] !== null; j += 1) {
      if (xs[j] === null) continue;
      const place = (ys[i] * input.width + xs[j]) * input.channels + first;
      const weight = (i * kernel.width + j) * kernel.channels * kernel.filters + filter;
      for (let channel = 0; channel < kernel.channels; channel += 1) {
        total += input.data[place + channel] * kernel.data[weight + channel * kernel.filters];
      }
    }
  }
  return total;
}

/** Of a grouped convolution, each filter sees the channels of its own group only. */
function firstChannel(input, kernel, { groups = 1 } = {}, filter) {
  return Math.floor(filter / (kernel.filters / groups)) * (input.channels / groups);
}

function taps(input, kernel, options) {
  return [sources(input.height, kernel.height, options), sources(input.width, kernel.width, options)];
}

/** One kernel for each channel, then a 1x1 convolution over all of them: Keras's SeparableConv2D without its bias. */
export function separable(input, depthwise, pointwise, options = {}) {
  return convolve(convolve(input, depthwise, { ...options, groups: input.channels }), pointwise);
}

/** The way back: every input number spreads over a window of the output, and what overlaps is added.
 *
 * The kernel is that of the convolution whose way back this is: its filters are the channels of `input`.
 */
export function transposed(input, kernel, { stride = 1, padding = "valid" } = {}) {
  const side = (size, taps) => (padding === "same" ? size * stride : size * stride + Math.max(taps - stride, 0));
  const output = tensor(side(input.height, kernel.height), side(input.width, kernel.width), kernel.channels);
  const options = { stride, padding };
  const rows = sources(output.height, kernel.height, options);
  const columns = sources(output.width, kernel.width, options);
  for (let row = 0; row < input.height; row += 1) {
    for (let column = 0; column < input.width; column += 1) spread(input, kernel, output, row, column, rows, columns);
  }
  return output;
}

function spread(input, kernel, output, row, column, rows, columns) {
  rows[row].forEach((y, i) =>
    columns[column].forEach((x, j) => {
      if (y === null || x === null) return;
      for (let channel = 0; channel < kernel.channels; channel += 1) {
        for (let filter = 0; filter < kernel.filters; filter += 1) {
          const product = at(input, row, column, filter) * weightAt(kernel, i, j, channel, filter);
          output.data[(y * output.width + x) * output.channels + channel] += product;
        }
      }
    }),
  );
}

export { outputSize };
