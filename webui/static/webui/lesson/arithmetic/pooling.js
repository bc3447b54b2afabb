/* Pooling: of each window the largest number, or the average. Equal to Keras's MaxPooling2D and AveragePooling2D. */

import { at, tensor } from "./tensor.js";
import { sources } from "./windows.js";

/** Numbers -> one number. */
export const POOLS = {
  max: (values) => Math.max(...values),
  average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

/** The numbers of one window: {row, column, value}. What padding has added counts for nothing. */
export function pooled(input, { size, stride = size, padding = "valid" }, row, column, channel = 0) {
  const options = { stride, padding };
  const rows = sources(input.height, size, options)[row].filter((y) => y !== null);
  const columns = sources(input.width, size, options)[column].filter((x) => x !== null);
  return rows.flatMap((y) => columns.map((x) => ({ row: y, column: x, value: at(input, y, x, channel) })));
}

export function pool(kind, input, { size, stride = size, padding = "valid" }) {
  const [rows, columns] = [input.height, input.width].map((side) => sources(side, size, { stride, padding }).length);
  const output = tensor(rows, columns, input.channels);
  output.data.forEach((_, place) => {
    const [channel, step] = [place % input.channels, Math.floor(place / input.channels)];
    const found = pooled(input, { size, stride, padding }, Math.floor(step / columns), step % columns, channel);
    output.data[place] = POOLS[kind](found.map(({ value }) => value));
  });
  return output;
}
