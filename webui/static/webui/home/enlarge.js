/* A click on a picture shows it as large as the window; Escape, the button or another click closes it. */

import { element } from "./messages.js";

const dialog = element("enlarged");
const image = dialog.querySelector("img");

/** Listens to the pictures of all cards in a list, now and later. */
export function listen(cards) {
  cards.addEventListener("click", (event) => {
    const link = event.target.closest("a.result-card-picture");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return; // Those open the link elsewhere.
    event.preventDefault();
    image.src = link.querySelector(".result-card-image").src;
    image.alt = link.parentElement.querySelector(".result-card-file").textContent;
    dialog.setAttribute("aria-label", image.alt);
    dialog.showModal();
  });
  dialog.addEventListener("click", () => dialog.close());
}
