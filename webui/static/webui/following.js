/* What all pages do that change while somebody waits: they fetch themselves again and again, and take over what differs.
 *
 *   every two seconds, while the page is looked at: fetch it -> update(page), until isOpen() is false
 *   the server is busy or cannot be reached -> the next time
 *   it is the page of the login by now -> #logged-out says so; it is another one -> it is loaded, and says why
 */

const EVERY_MS = 2000;
const TOO_MANY_REQUESTS = 429;

/** Whether the server may well answer the next time. */
export function isBusy(response) {
  return response.status === TOO_MANY_REQUESTS || response.status >= 500;
}

/** update: takes over what differs in a page as it is now, or returns false where that is another page than this one. */
export async function follow(isOpen, update) {
  while (isOpen()) {
    await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
    if (document.hidden) continue;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    const text = await response?.text().catch(() => null);
    if (typeof text !== "string" || isBusy(response)) continue;
    if (isLogin(response)) return;
    const isSame = response.ok && update(new DOMParser().parseFromString(text, "text/html")) !== false;
    if (!isSame) return void location.replace(location.pathname + location.search);
  }
}

/** Whether the server has sent the page of the login instead, which is said then. */
function isLogin(response) {
  const notice = document.getElementById("logged-out");
  const isThere = new URL(response.url).pathname === notice.querySelector("a").pathname;
  notice.hidden = !isThere;
  return isThere;
}
