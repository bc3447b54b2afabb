/* A map as a grid of numbers: one stop for the tab key, arrow keys inside, and each number can be asked for.
 *
 *   pointer over | focus | tap -> onPick(row, column)          click | Enter | Space -> onPress(row, column)
 */

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function grid(host, { label, onPick = () => {}, onPress = null }) {
  const table = host.ownerDocument.createElement("table");
  table.className = "grid";
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", label);
  host.replaceChildren(table);
  let cells = [];

  const place = (cell) => [Number(cell.dataset.row), Number(cell.dataset.column)];
  const cellOf = (event) => event.target.closest("td");
  const pick = (event) => {
    const cell = cellOf(event);
    if (!cell) return;
    stop(cell);
    onPick(...place(cell));
  };
  table.addEventListener("pointerover", pick);
  table.addEventListener("focusin", pick);
  table.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (!cell) return;
    cell.focus({ preventScroll: true });
    onPress?.(...place(cell));
  });
  table.addEventListener("keydown", (event) => {
    const [row, column] = place(cellOf(event));
    if (onPress && (event.key === "Enter" || event.key === " ")) onPress(row, column);
    else if (STEPS[event.key]) cells[row + STEPS[event.key][0]]?.[column + STEPS[event.key][1]]?.focus();
    else if (event.key === "Home") cells[row][0].focus();
    else if (event.key === "End") cells[row].at(-1).focus();
    else return;
    event.preventDefault();
  });

  /** Where the tab key comes in next time. */
  function stop(cell) {
    table.querySelector("td[tabindex='0']")?.setAttribute("tabindex", "-1");
    cell.tabIndex = 0;
  }

  function build(height, width) {
    cells = Array.from({ length: height }, (_, row) =>
      Array.from({ length: width }, (__, column) => {
        const cell = table.ownerDocument.createElement("td");
        cell.setAttribute("role", "gridcell");
        Object.assign(cell.dataset, { row, column });
        cell.tabIndex = row + column ? -1 : 0;
        return cell;
      }),
    );
    table.replaceChildren(
      ...cells.map((line) => {
        const row = table.ownerDocument.createElement("tr");
        row.setAttribute("role", "row");
        row.append(...line);
        return row;
      }),
    );
  }

  return {
    /** Shows one channel of a map. */
    show(map, look, channel = 0) {
      if (cells.length !== map.height || cells[0]?.length !== map.width) build(map.height, map.width);
      cells.flat().forEach((cell, place) => {
        const { text, tone } = look(map.data[place * map.channels + channel]);
        if (cell.textContent !== text) cell.textContent = text;
        cell.className = tone;
      });
    },
    /** Marks the numbers that something is made of, and no others: [[row, column], ...]. */
    mark(places, name = "taken") {
      table.querySelectorAll(`.${name}`).forEach((cell) => cell.classList.remove(name));
      places.forEach(([row, column]) => cells[row]?.[column]?.classList.add(name));
    },
    focus: (row, column) => cells[row]?.[column]?.focus(),
    table,
  };
}
