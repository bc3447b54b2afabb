/* The choice of a picture: a sample, one of the history, or a file of the reader's, which stays in the browser.
 *
 *   button | file -> onPicture(image, query, description): decoded; `query` is how the server names it, null for a file
 */

import { replaceAddress } from "../../address.js";
import { data, element, messages } from "./page.js";

export function pictureChoice(onPicture) {
  const form = element("picture-choice");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { submitter } = event;
    form.querySelector("[aria-current]")?.removeAttribute("aria-current");
    submitter.setAttribute("aria-current", "true");
    const query = new URLSearchParams([[submitter.name, submitter.value]]);
    replaceAddress(`?${query}`);
    await show(fromServer(query), query, submitter.querySelector("img").alt);
  });

  element("own-file").addEventListener("change", async () => {
    const [file] = element("own-file").files;
    if (!file) return;
    form.querySelector("[aria-current]")?.removeAttribute("aria-current");
    await show(createImageBitmap(file), null, messages.ownPicture);
  });

  let latest = null;

  async function show(decoding, query, description) {
    latest = decoding;
    element("picture-problem").hidden = true;
    try {
      const image = await decoding;
      if (decoding === latest) await onPicture(image, query, description);
    } catch {
      if (decoding === latest) element("picture-problem").hidden = false;
    }
  }

  const given = new URLSearchParams(data.query);
  return { first: () => show(fromServer(given), given, data.description) };
}

async function fromServer(query) {
  const image = new Image();
  image.src = `${data.pictureUrl}?${query}`;
  await image.decode();
  return image;
}
