/* How the numbers of a map look: {text, tone}; a tone is a class of lesson.css. */

import { short } from "./figures.js";

/** Of a picture: ten levels of grey, 0 black, 9 white. */
export function grey(value) {
  return { text: String(value), tone: `grey-${Math.min(9, Math.max(0, Math.round(value)))}` };
}

/** Of what layers make: green above 0, red below, the stronger the nearer to the largest. */
export function signed(map) {
  const most = map.data.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  return (value) => {
    const level = most ? Math.ceil((9 * Math.abs(value)) / most) : 0;
    return { text: short(value), tone: level ? `${value < 0 ? "minus" : "plus"}-${level}` : "zero" };
  };
}
