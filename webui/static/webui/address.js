/* The address of the page, where a script changes what is shown without loading the page again. */

/** Puts an address in place of the page's own; the forms for language and appearance lead back to that one, too. */
export function replaceAddress(address) {
  window.history.replaceState(null, "", address);
  for (const field of document.querySelectorAll(".switch [name=next]")) field.value = location.pathname + location.search;
}
