/* The keys of the review: each presses the button, follows the link or enters the field that has it as data-key.
 *
 * Never in a field, with Ctrl, Alt or Meta, or while a key is held down; and not at all where the reader switched the
 * keys off (WCAG 2.1.4), which the browser remembers. After a decision the focus is on the next picture's first button.
 */

const SETTING = "menagerie-review-keys";
const DECIDED = "menagerie-review-decided";
const option = document.getElementById("use-keys");
let leaving = false;

function isWriting(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing || leaving) return;
  if (isWriting(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const control = option.checked && document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!control || control.disabled) return;
  event.preventDefault();
  if (control.matches("input")) return control.focus();
  leaving = control.matches("a");
  control.click();
}

/** Whoever has just decided goes on with the next picture, not at the top of the page; a finger needs no focus. */
function goOn() {
  const hasDecided = sessionStorage.getItem(DECIDED) !== null;
  sessionStorage.removeItem(DECIDED);
  if (!hasDecided || matchMedia("(pointer: coarse)").matches) return;
  const next = document.querySelector(".review-verdict button, .review-empty-undo button");
  (next ?? document.getElementById("main")).focus();
}

function useKeys() {
  document.documentElement.classList.toggle("keys-off", !option.checked);
}

document.documentElement.classList.add("js");
option.checked = localStorage.getItem(SETTING) !== "off";
option.addEventListener("change", () => {
  localStorage.setItem(SETTING, option.checked ? "on" : "off");
  useKeys();
});
useKeys();
goOn();
document.addEventListener("keydown", onKey);
// The next key is meant for the next picture.
document.addEventListener("submit", (event) => {
  if (leaving) event.preventDefault();
  leaving = !event.target.matches("[action$='/export/']");
  if (leaving && event.target.closest(".review, .review-empty-undo")) sessionStorage.setItem(DECIDED, "yes");
});
window.addEventListener("pageshow", () => { leaving = false; });
