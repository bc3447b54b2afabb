/* Keys that press buttons: whether they are wanted, and whether a key is meant as one.
 *
 * Never in a field, with Ctrl, Alt or Meta, or while an input method composes; and not at all where the reader switched
 * the keys off with the box #use-keys (WCAG 2.1.4), which the browser remembers.
 */

const SETTING = "menagerie-review-keys";
const option = document.getElementById("use-keys");

export function isWriting(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

export function hasModifier(event) {
  return event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
}

export function areWanted() {
  return option !== null && option.checked;
}

function show() {
  document.documentElement.classList.toggle("keys-off", !areWanted());
}

document.documentElement.classList.add("js");
if (option) {
  option.checked = localStorage.getItem(SETTING) !== "off";
  option.addEventListener("change", () => {
    localStorage.setItem(SETTING, option.checked ? "on" : "off");
    show();
  });
}
show();
