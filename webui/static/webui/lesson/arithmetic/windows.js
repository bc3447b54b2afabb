/* Where a window (a kernel's, or a pool's) lies on each step along one side of a map, and how many steps there are.
 *
 * Names as in Keras; `same` and `valid` put their zeros where TensorFlow does, and `reflect` its mirrored numbers;
 * [before, after] is so many zeros.
 */

/** How far a kernel reaches: its numbers lie `dilation` apart. */
export function reach(kernel, dilation = 1) {
  return dilation * (kernel - 1) + 1;
}

/** How many numbers are put before and after a side: [before, after]. Of an odd sum, the larger part comes after. */
export function margins(size, kernel, { stride = 1, padding = "valid", dilation = 1 } = {}) {
  if (Array.isArray(padding)) return padding;
  if (padding === "valid") return [0, 0];
  const all = Math.max((Math.ceil(size / stride) - 1) * stride + reach(kernel, dilation) - size, 0);
  return [Math.floor(all / 2), Math.ceil(all / 2)];
}

/** floor((n + 2p - k) / s) + 1, where 2p stands for both margins; 0 where the window does not fit. */
export function outputSize(size, kernel, options = {}) {
  const [before, after] = margins(size, kernel, options);
  const room = size + before + after - reach(kernel, options.dilation);
  return room < 0 ? 0 : Math.floor(room / (options.stride ?? 1)) + 1;
}

/** For each step, where its window's numbers come from: an index into the side, or null for a zero that was added. */
export function sources(size, kernel, options = {}) {
  const { stride = 1, padding = "valid", dilation = 1 } = options;
  const [before] = margins(size, kernel, options);
  const source = (step, tap) => inside(step * stride - before + tap * dilation, size, padding);
  return Array.from({ length: outputSize(size, kernel, options) }, (_, step) =>
    Array.from({ length: kernel }, (__, tap) => source(step, tap)),
  );
}

function inside(index, size, padding) {
  if (index >= 0 && index < size) return index;
  if (padding !== "reflect") return null;
  return index < 0 ? -index : 2 * (size - 1) - index;
}
