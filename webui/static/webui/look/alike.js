/* It looks like these: looks through the whole history, some pictures a request, and shows the nearest so far. */

const MOST = 40;

async function goOn(times) {
  const nearest = document.getElementById("nearest");
  if (nearest.dataset.more !== "true" || times >= MOST) return;
  try {
    const response = await fetch(window.location.href);
    if (!response.ok) return; // The link is still there.
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    nearest.replaceWith(document.adoptNode(page.getElementById("nearest")));
  } catch {
    return;
  }
  goOn(times + 1);
}

document.documentElement.classList.add("js");
goOn(0);
