/* Keeps the list of versions up to date while one is being tried, without loading the page again.
 *
 *   data-open="yes" -> fetch the same page -> put its #news and #live in place of ours -> again, until data-open="no"
 */

import { showLocalTimes } from "./times.js";

const INTERVAL_MS = 2000;
const MOST_LOOKS = 300;

function live() {
  return document.getElementById("live");
}

/** Of the news only what is in them is exchanged: it is their element that screen readers follow. */
function replace(page) {
  const [news, later] = [document, page].map((root) => root.getElementById("news"));
  if (news.textContent.trim() !== later.textContent.trim()) news.replaceChildren(...later.childNodes);
  live().replaceWith(page.getElementById("live"));
  showLocalTimes(live());
}

/** The address of the link that has the focus, which is another element afterwards. */
function focused() {
  return live().contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
}

async function look() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!page.getElementById("live")) return;
  const href = focused();
  replace(page);
  if (href) live().querySelector(`a[href="${CSS.escape(href)}"]`)?.focus();
}

async function follow() {
  for (let looks = 0; looks < MOST_LOOKS && live()?.dataset.open === "yes"; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    if (document.hidden) continue;
    // The server may be busy compiling; the next look will tell.
    await look().catch(() => {});
  }
}

follow();
