/* How numbers are spread: bars, and a line at 0. */

import { scale, svg } from "./svg.js";

const WIDTH = 260;
const HEIGHT = 130;
const BARS = 40;

export function drawHistogram(host, values, [from, to]) {
  const counts = Array(BARS).fill(0);
  for (const value of values) {
    const bar = Math.floor((BARS * (value - from)) / (to - from));
    if (bar >= 0 && bar < BARS) counts[bar] += 1;
  }
  const x = scale([0, BARS], [4, WIDTH - 4]);
  const y = scale([0, Math.max(...counts, 1)], [HEIGHT - 4, 8]);
  const bars = counts.map((count, bar) =>
    svg("rect", { x: x(bar) + 0.5, y: y(count), width: x(1) - x(0) - 1, height: y(0) - y(count), class: "bar-of-count" }),
  );
  const zero = scale([from, to], [4, WIDTH - 4])(0);
  host.replaceChildren(...bars, svg("line", { x1: zero, x2: zero, y1: 4, y2: HEIGHT - 4, class: "axis" }));
}
