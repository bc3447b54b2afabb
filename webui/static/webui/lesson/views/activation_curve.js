/* The curve of an activation, with one number on it. */

import { ACTIVATIONS } from "../arithmetic/activations.js";
import { axes, curve, scale, svg } from "./svg.js";

const WIDTH = 260;
const HEIGHT = 180;

export function drawActivation(host, name, value) {
  const compute = ACTIVATIONS[name];
  const reach = Math.max(4, Math.abs(value) * 1.15);
  const isBounded = name === "sigmoid" || name === "tanh";
  const top = isBounded ? 1.2 : reach;
  const bottom = isBounded ? -1.2 : name === "none" ? -reach : -0.35 * reach;
  const x = scale([-reach, reach], [8, WIDTH - 8]);
  const y = scale([bottom, top], [HEIGHT - 8, 8]);
  host.replaceChildren(
    axes(x, y, [-reach, reach], [bottom, top]),
    svg("polyline", { class: "curve", points: curve(compute, [-reach, reach], x, y) }),
    svg("path", { class: "guide", d: `M ${x(value)} ${y(0)} V ${y(compute(value))} H ${x(0)}` }),
    svg("circle", { class: "dot", cx: x(value), cy: y(compute(value)), r: 5 }),
  );
}
