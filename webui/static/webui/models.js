/* Keeps the list of versions up to date while one is being tried, without loading the page again.
 *
 *   data-open="yes" -> following.js: the page as it is now -> its #news and #live in place of ours, until data-open="no"
 */

import { follow } from "./following.js";
import { showLocalTimes } from "./times.js";

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

/** Takes over a page; returns false where it is another one. */
function takeOver(page) {
  if (!page.getElementById("live")) return false;
  const href = focused();
  replace(page);
  if (href) live().querySelector(`a[href="${CSS.escape(href)}"]`)?.focus();
  return true;
}

follow(() => live().dataset.open === "yes", takeOver);
