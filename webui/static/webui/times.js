/* Every time of a page as it is where the reader is; what the server wrote, in UTC, is still there as a hint. */

const language = document.documentElement.lang;
/** The reader's own way to write dates, where it is one of the page's language: that of Britain is not America's. */
const own = navigator.languages.find((name) => name.split("-")[0] === language.split("-")[0]);
const format = new Intl.DateTimeFormat(own ?? language, { dateStyle: "medium", timeStyle: "short" });

/** Rewrites the times in a part of the page that have an hour; what has none is a date everywhere. */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime*=T]")) {
    time.title = time.textContent;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

showLocalTimes(document);
