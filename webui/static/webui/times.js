/* Every time of a page as it is where the reader is; what the server wrote, in UTC, is still there as a hint. */

const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

/** Rewrites the times in a part of the page that have an hour; what has none is a date everywhere. */
export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime*=T]")) {
    time.title = time.textContent;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

showLocalTimes(document);
