/* A part of a picture as a small one in ten levels of grey. */

import { tensor } from "./tensor.js";

/** Each number is the average brightness (ITU-R BT.601) of its share of the part, from 0, its darkest, to 9, its lightest.
 *
 * `pixels` is {width, data} as a canvas gives it; the part begins at `left`, `top` and is `size` pixels wide and high.
 */
export function patch(pixels, { left, top, size, side }) {
  const share = size / side;
  const found = Array.from({ length: side * side }, (_, place) => {
    const rows = range(top + Math.floor(place / side) * share, share);
    const columns = range(left + (place % side) * share, share);
    const values = rows.flatMap((y) => columns.map((x) => brightness(pixels, y, x)));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  const [darkest, lightest] = [Math.min(...found), Math.max(...found)];
  const contrast = lightest - darkest;
  // Of a part that is all alike there is nothing to stretch.
  const level = (value) => (contrast < 1 ? (9 * value) / 255 : (9 * (value - darkest)) / contrast);
  return tensor(side, side, 1, Float64Array.from(found, (value) => Math.round(level(value))));
}

function range(from, length) {
  const first = Math.floor(from);
  return Array.from({ length: Math.max(1, Math.floor(from + length) - first) }, (_, step) => first + step);
}

function brightness({ width, data }, row, column) {
  const at = 4 * (row * width + column);
  return 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
}
