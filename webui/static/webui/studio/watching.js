/* A training while it goes on: its part of the page is fetched anew every two seconds, and put in place. */

const EVERY_MS = 2000;

async function look() {
  const section = document.getElementById("run");
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return response.status >= 500;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const now = page.getElementById("run");
  if (!now) return false;
  const isFinished = ["done", "failed"].includes(now.dataset.state);
  if (now.dataset.state !== section.dataset.state) {
    document.getElementById("run-told").textContent = now.querySelector("#run-state").textContent;
  }
  // Who has the focus on a button keeps it until all is over.
  if (isFinished || !section.contains(document.activeElement)) section.replaceWith(now);
  return !isFinished;
}

async function goOn() {
  const isWanted = document.hidden || (await look().catch(() => true));
  if (isWanted) setTimeout(goOn, EVERY_MS);
}

setTimeout(goOn, EVERY_MS);
