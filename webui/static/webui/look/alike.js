/* It looks like these: looks through the whole history, some pictures a request, and shows the nearest so far. */

import { isBusy } from "../following.js";

const MOST = 40;
const PATIENCE_MS = 2000;

async function goOn(times) {
  const nearest = document.getElementById("nearest");
  if (nearest.dataset.more !== "true" || times >= MOST) return;
  try {
    const response = await fetch(window.location.href);
    if (isBusy(response)) await new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); });
    else if (!response.ok) return; // The link is still there.
    else {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      nearest.replaceWith(document.adoptNode(page.getElementById("nearest")));
    }
  } catch {
    return;
  }
  goOn(times + 1);
}

document.documentElement.classList.add("js");
goOn(0);
