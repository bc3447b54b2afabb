/* The history pages, made nicer: all boxes at once, the reader's own days, addresses without what was left empty. */

import { ownLanguage } from "./times.js";

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
  const remove = document.querySelector("[data-some]");
  const none = remove.textContent;
  const follow = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    remove.textContent = ticked ? remove.dataset.some.replace("{count}", ticked) : none;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    follow();
  });
  for (const box of boxes) box.addEventListener("change", follow);
  follow();
}

/** The days of a reader's place: a day of UTC ends at eight in the morning in Shanghai. */
function groupByDay() {
  const days = [...document.querySelectorAll(".history-day:has(.history-date)")];
  const entries = days.flatMap((day) => [...day.querySelectorAll(".history-entry")]);
  const places = new Map();
  let last = null;
  for (const entry of entries) {
    const created = new Date(entry.querySelector("time").dateTime);
    const name = dayName(created);
    if (!places.has(name)) {
      const day = days[0].cloneNode(true);
      day.querySelector("ul").replaceChildren();
      day.querySelector("time").replaceWith(name);
      (last ?? days[0]).after(day);
      places.set(name, (last = day));
    }
    places.get(name).querySelector("ul").append(entry);
  }
  for (const day of days) day.remove();
}

/** Today, yesterday, or the date, in the page's language. */
function dayName(time) {
  const language = document.documentElement.lang;
  const daysAgo = Math.round((new Date().setHours(12, 0, 0, 0) - new Date(time).setHours(12, 0, 0, 0)) / 86_400_000);
  if (daysAgo === 0 || daysAgo === 1) {
    return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-daysAgo, "day");
  }
  return new Intl.DateTimeFormat(ownLanguage, { dateStyle: "full" }).format(time);
}

document.documentElement.classList.add("js");
const filter = document.querySelector(".history-filter");
const all = document.getElementById("tick-all");
if (filter) {
  filter.addEventListener("submit", () => leaveOutEmpty(filter));
  window.addEventListener("pageshow", () => enableAll(filter)); // Also after going back to it.
}
groupByDay();
if (all) tickTogether(all);
