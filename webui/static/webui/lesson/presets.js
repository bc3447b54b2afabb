/* The pictures and kernels that the first chapter offers. */

import { fromRows } from "./arithmetic/tensor.js";

export const SIDE = 11;

/** Small pictures: grey levels from 0, black, to 9, white. */
export const PICTURES = {
  cross: drawn((row, column) => row === column || row + column === SIDE - 1),
  bar: drawn((row, column) => column >= 4 && column <= 6),
  square: drawn((row, column) => row >= 3 && row <= 7 && column >= 3 && column <= 7),
  ring: drawn((row, column) => Math.abs(Math.hypot(row - 5, column - 5) - 4) < 0.7),
  slope: fromRows(rows((row, column) => Math.round((9 * column) / (SIDE - 1)))),
};

export const KERNELS = {
  diagonal: [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
  vertical: [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
  horizontal: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
  blur: Array(3).fill(Array(3).fill(1 / 9)),
  sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
  identity: [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
};

/** The same kernel with more or fewer rows and columns around its middle; new ones are 0. */
export function resized(kernel, side) {
  const shift = (kernel.length - side) / 2;
  return Array.from({ length: side }, (_, i) =>
    Array.from({ length: side }, (__, j) => kernel[i + shift]?.[j + shift] ?? 0),
  );
}

function drawn(isLight) {
  return fromRows(rows((row, column) => (isLight(row, column) ? 9 : 0)));
}

function rows(compute) {
  return Array.from({ length: SIDE }, (_, row) => Array.from({ length: SIDE }, (__, column) => compute(row, column)));
}
