/* Every time of a page as it is where the reader is; what the server wrote, in UTC, is still there as a hint. */

const language = document.documentElement.lang;
/** The reader's own way to write dates, where it is one of the page's language: that of Britain is not America's. */
const own = navigator.languages.find((name) => name.split("-")[0] === language.split("-")[0]);
export const ownLanguage = own ?? language;
const format = new Intl.DateTimeFormat(ownLanguage, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(ownLanguage, { dateStyle: "medium", timeZone: "UTC" });
const clock = new Intl.DateTimeFormat(ownLanguage, { timeStyle: "short" });

/** Rewrites the times in a part of the page. What has no hour is a date, the same everywhere; below the name of their
 * day, times are hours alone: data-clock. */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time:not([datetime=''])")) {
    const style = !time.dateTime.includes("T") ? day : time.matches("[data-clock]") ? clock : format;
    if (style !== day) time.title = time.textContent;
    time.textContent = style.format(new Date(time.dateTime));
  }
}

showLocalTimes(document);
