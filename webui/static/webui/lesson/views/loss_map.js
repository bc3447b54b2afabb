/* A loss over two weights seen from above: bands of equal height, and the ways that optimizers have gone. */

import { scale, svg } from "./svg.js";

export const RANGE = { x: [-6, 6], y: [-3, 3] };
const WIDTH = 600;
const HEIGHT = 300;
const CELLS = { x: 240, y: 120 };
const BANDS = 10;
const x = scale(RANGE.x, [0, WIDTH]);
const y = scale(RANGE.y, [HEIGHT, 0]);

/** Draws the loss; done once for each loss. */
export function drawLoss(host, loss) {
  const [across, down] = [WIDTH / CELLS.x, HEIGHT / CELLS.y];
  const middle = (index, [from, to], count) => from + ((index + 0.5) * (to - from)) / count;
  const values = Array.from({ length: CELLS.y }, (_, row) =>
    Array.from({ length: CELLS.x }, (__, column) =>
      loss([middle(column, RANGE.x, CELLS.x), -middle(row, RANGE.y, CELLS.y)]),
    ),
  );
  const [least, most] = [Math.min(...values.flat()), Math.max(...values.flat())];
  const band = (value) => Math.min(BANDS - 1, Math.floor(BANDS * Math.sqrt((value - least) / (most - least))));
  host.replaceChildren(...values.flatMap((line, row) => stripes(line.map(band), row, across, down)));
}

/** One row of cells; neighbours in one band are one rectangle, so that there are hundreds and not thousands. */
function stripes(bands, row, across, down) {
  const found = [];
  let from = 0;
  bands.forEach((band, column) => {
    if (bands[column + 1] === band) return;
    const width = (column + 1 - from) * across + 0.4;
    found.push(svg("rect", { x: from * across, y: row * down, width, height: down + 0.4, class: `band-${bands[from]}` }));
    from = column + 1;
  });
  return found;
}

/** Draws the ways, {name: [[x, y], ...]}, each with a mark of its own at its end. */
export function drawPaths(host, paths) {
  host.replaceChildren(
    ...Object.entries(paths).flatMap(([name, points]) => {
      const drawn = points.map(([a, b]) => [x(a), y(b)].map((value) => Math.max(-50, Math.min(650, value))));
      const way = svg("polyline", { class: `way way-${name}`, points: drawn.map((point) => point.join(",")).join(" ") });
      const steps = drawn.slice(0, -1).map(([cx, cy]) => svg("circle", { cx, cy, r: 2.5, class: `step step-${name}` }));
      return [way, ...steps, mark(name, drawn.at(-1))];
    }),
  );
}

const MARKS = {
  sgd: (cx, cy) => svg("circle", { cx, cy, r: 8 }),
  momentum: (cx, cy) => svg("rect", { x: cx - 7, y: cy - 7, width: 14, height: 14 }),
  adam: (cx, cy) => svg("path", { d: `M ${cx} ${cy - 10} L ${cx + 9} ${cy + 7} L ${cx - 9} ${cy + 7} Z` }),
};

function mark(name, [cx, cy]) {
  const made = MARKS[name](cx, cy);
  made.setAttribute("class", `mark mark-${name}`);
  return made;
}

/** The weights under a pointer. */
export function weightsAt(host, event) {
  const box = host.getBoundingClientRect();
  const share = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  return [scale([0, 1], RANGE.x)(share[0]), scale([1, 0], RANGE.y)(share[1])];
}
