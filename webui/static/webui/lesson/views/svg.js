/* Elements of SVG, and curves. */

const NAMESPACE = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Turns numbers from one range into another: scale([0, 1], [0, 200])(0.5) is 100. */
export function scale([from, to], [first, last]) {
  return (value) => first + ((value - from) / (to - from)) * (last - first);
}

/** The points of a curve, as a polyline takes them. */
export function curve(compute, [from, to], x, y, points = 120) {
  return Array.from({ length: points + 1 }, (_, step) => {
    const value = from + ((to - from) * step) / points;
    return `${x(value).toFixed(1)},${y(compute(value)).toFixed(1)}`;
  }).join(" ");
}

/** Axes through 0 in a drawing of some width and height, as far as 0 is in it. */
export function axes(x, y, [left, right], [bottom, top]) {
  const line = (x1, y1, x2, y2) => svg("line", { x1, y1, x2, y2, class: "axis" });
  return svg("g", {}, line(x(left), y(0), x(right), y(0)), line(x(0), y(bottom), x(0), y(top)));
}
