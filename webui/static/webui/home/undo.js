/* The line that says what was removed, and brings it back: by its button or Ctrl+Z. */

import { element } from "./messages.js";

const line = element("undo");
const button = line.querySelector("button");
const TYPED_INTO = "input:not([type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable]";

/** What can be undone: {restore, expire}, or null. */
let offered = null;

/** Offers to undo something; what was offered before expires. */
export function offer(text, { restore, expire }) {
  withdraw();
  offered = { restore, expire };
  element("undo-text").textContent = text;
  line.hidden = false;
}

/** What was offered can no longer be undone. */
export function withdraw() {
  offered?.expire();
  close();
}

export function focusButton() {
  button.focus();
}

function undo() {
  const { restore } = offered;
  close();
  restore();
}

function close() {
  offered = null;
  line.hidden = true;
}

button.addEventListener("click", undo);
document.addEventListener("keydown", (event) => {
  const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!offered || !isUndo || event.target.closest(TYPED_INTO)) return;
  event.preventDefault();
  undo();
});
