/* Numbers as they are written on the pages. */

const MINUS = "−";

/** For a cell: at most four letters. */
export function short(value) {
  const size = Math.abs(value);
  return signed(rounded(value, size >= 99.5 || Number.isInteger(value) ? 0 : size >= 9.95 ? 0 : 1));
}

/** For a sentence: at most three decimals, more of very small ones. */
export function long(value) {
  if (value !== 0 && Math.abs(value) < 0.001) return signed(value.toExponential(1)).replace("e-", "e−");
  return signed(rounded(value, Math.abs(value) >= 1000 ? 1 : 3));
}

/** A factor in a product: negative ones stand in brackets. */
export function factor(value) {
  return value < 0 ? `(${long(value)})` : long(value);
}

/** 150528000 -> 150,528,000 */
export function counted(value) {
  return new Intl.NumberFormat("en").format(Math.round(value));
}

/** What somebody typed: "-0.5", "−0.5", "1/9"; null where it is no number, or a huge one. */
export function read(text) {
  const [, sign, top, , bottom] = /^\s*([-−+]?)\s*(\d*[.,]?\d+)\s*(\/\s*(\d*[.,]?\d+))?\s*$/.exec(text) ?? [];
  if (top === undefined) return null;
  const [above, below] = [top, bottom ?? "1"].map((number) => Number(number.replace(",", ".")));
  const value = (above / below) * (sign === "-" || sign === MINUS ? -1 : 1);
  return Number.isFinite(value) && Math.abs(value) <= 1000 ? value : null;
}

function rounded(value, decimals) {
  return Number(value.toFixed(decimals)).toString();
}

function signed(text) {
  return text === "-0" ? "0" : text.replace("-", MINUS);
}
