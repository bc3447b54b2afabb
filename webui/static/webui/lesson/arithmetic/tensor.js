/* Maps of numbers: {height, width, channels, data}, row by row, the channels of one place beside each other. */

export function tensor(height, width, channels, data) {
  return { height, width, channels, data: data ?? new Float64Array(height * width * channels) };
}

/** A map of one channel from its rows. */
export function fromRows(rows) {
  return tensor(rows.length, rows[0].length, 1, Float64Array.from(rows.flat()));
}

export function toRows({ height, width, data }) {
  return Array.from({ length: height }, (_, row) => Array.from(data.slice(row * width, (row + 1) * width)));
}

export function at(map, row, column, channel = 0) {
  return map.data[(row * map.width + column) * map.channels + channel];
}

/** The same map after a function of each number. */
export function mapped(map, compute) {
  return { ...map, data: Float64Array.from(map.data, (value) => compute(value)) };
}
