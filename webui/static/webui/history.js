/* The history pages, made nicer: all boxes at once, addresses without what was left empty. */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What is empty, or the time zone where no date is asked for, need not be in the address. */
function leaveOutEmpty(form) {
  const field = (name) => form.elements.namedItem(name);
  field("zone").value = field("since").value || field("until").value ? zone : "";
  if (field("sort").value === "newest") field("sort").disabled = true;
  for (const element of form.elements) if (element.name && !element.value) element.disabled = true;
}

function enableAll(form) {
  for (const element of form.elements) element.disabled = false;
}

function tickTogether(all) {
  const boxes = [...document.querySelectorAll("input[name=ids]")];
  const follow = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  for (const box of boxes) box.addEventListener("change", follow);
  follow();
}

document.documentElement.classList.add("js");
const filter = document.querySelector(".history-filter");
const all = document.getElementById("tick-all");
if (filter) {
  filter.addEventListener("submit", () => leaveOutEmpty(filter));
  window.addEventListener("pageshow", () => enableAll(filter)); // Also after going back to it.
}
if (all) tickTogether(all);
