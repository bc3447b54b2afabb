/* Sends a form once: while its answer is on the way, a second press is meant for this page no more, and does nothing.
 *
 * Not of forms that other scripts send, and of those with data-download: their answer is a file, and the page stays.
 */

let leaving = false;

/** Whether the next page is on its way. */
export function isLeaving() {
  return leaving;
}

/** Says that the next page is on its way: a link to it has been followed. */
export function leave() {
  leaving = true;
}

function stay() {
  leaving = false;
}

// At the window, for then the listeners of other scripts have said whether they send it themselves.
window.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post" || "download" in event.target.dataset) return;
  if (leaving) event.preventDefault();
  leave();
});
window.addEventListener("pageshow", stay); // Back from the next page.
window.navigation?.addEventListener("navigateerror", stay); // Somebody has stopped it.
// Whoever is asked whether to leave may stay; only after all listeners it is known that the browser asks.
window.addEventListener("beforeunload", (event) => setTimeout(() => { if (event.defaultPrevented) stay(); }));
