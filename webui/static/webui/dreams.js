/* A dream while it is made: its part of the page is fetched anew every second and a half, and put in place. */

const EVERY_MS = 1500;
const told = document.getElementById("dream-told");

/** What a screen reader hears: the state when it changes, and each new picture. */
function tell(before, now) {
  const picture = now.querySelector(".dream-pair figure:last-child img")?.alt;
  const was = before.querySelector(".dream-pair figure:last-child img")?.alt;
  if (now.dataset.state !== before.dataset.state) told.textContent = now.querySelector("#dream-state").textContent;
  else if (picture !== was) told.textContent = picture;
}

/** Only what differs is exchanged, so that focus, and pictures that are there already, stay. */
function follow(before, now) {
  for (const [index, part] of [...now.children].entries()) {
    const old = before.children[index];
    if (!old) before.append(part);
    else if (old.isEqualNode(part) || old.contains(document.activeElement)) followInside(old, part);
    else old.replaceWith(part);
  }
  before.dataset.state = now.dataset.state;
}

/** A part in which somebody has the focus: its texts and its bar go on, its buttons stay until all is done. */
function followInside(old, part) {
  for (const selector of ["progress", "p", "h2"]) {
    const [mine, theirs] = [old.querySelectorAll(selector), part.querySelectorAll(selector)];
    theirs.forEach((one, index) => {
      if (mine[index] && !mine[index].isEqualNode(one)) mine[index].replaceWith(one);
    });
  }
}

/** Who had the focus on a button that is gone has it on the first of those that are there now. */
function finish(before, now) {
  const hadFocus = before.contains(document.activeElement);
  before.replaceWith(now);
  if (hadFocus) now.querySelector(".actions :is(a, button)").focus();
}

async function look() {
  const section = document.getElementById("dream");
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return response.status >= 500;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const now = page.getElementById("dream");
  if (!now) return false;
  tell(section, now);
  const isFinished = ["done", "failed"].includes(now.dataset.state);
  if (isFinished) finish(section, now);
  else follow(section, now);
  return !isFinished;
}

async function goOn() {
  const isWanted = document.hidden || (await look().catch(() => true));
  if (isWanted) setTimeout(goOn, EVERY_MS);
}

setTimeout(goOn, EVERY_MS);
