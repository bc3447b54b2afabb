/* A kernel as a square of fields. What is no number stays red, and the kernel as it was. */

import { long, read } from "./figures.js";
import { fill, make, messages } from "./page.js";

/** onChange(rows) is called with every change that is a number. */
export function kernelEditor(host, onChange) {
  let rows = [];

  function field(i, j) {
    const input = make("input");
    Object.assign(input, { type: "text", inputMode: "text", autocomplete: "off", value: long(rows[i][j]) });
    input.setAttribute("aria-label", fill(messages.weight, { row: i + 1, column: j + 1 }));
    input.addEventListener("input", () => {
      const value = read(input.value);
      input.setAttribute("aria-invalid", String(value === null));
      if (value === null) return;
      rows[i][j] = value;
      onChange(rows);
    });
    input.addEventListener("focus", () => input.select());
    return input;
  }

  return {
    show(kernel) {
      rows = kernel.map((row) => [...row]);
      host.className = `kernel kernel-${rows.length}`;
      host.replaceChildren(...rows.flatMap((row, i) => row.map((_, j) => field(i, j))));
    },
  };
}
