/* Parts of a page that change while somebody waits, kept up to date without loading the page again.
 *
 *   <section id="run" data-watched data-state="running"> <h2 data-told="state">Training</h2> ...
 *   following.js: the page as it is now -> its parts with the same ids -> put in place what differs
 *   until each part's data-state is none of waiting, running, open
 *
 * What has data-told is said to screen readers, by the element #told, when its text changes.
 */

import { follow } from "./following.js";

const OPEN = ["waiting", "running", "open"];

const parts = () => [...document.querySelectorAll("[data-watched]")];
const isOpen = (part) => OPEN.includes(part.dataset.state);

/** Which of a node and its next ones becomes another one; none where that is new. Text is never looked for further on. */
function counterpart(mine, node) {
  let found = mine;
  while (found && found.nodeName !== node.nodeName && node.nodeType === Node.ELEMENT_NODE) found = found.nextSibling;
  return found?.nodeName === node.nodeName ? found : null;
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/** Makes a node the same as another one. What is the same already stays: the focus, a picture, what somebody opened. */
function become(before, now) {
  if (before.isEqualNode(now)) return;
  if (before.nodeType !== Node.ELEMENT_NODE || before.nodeName !== now.nodeName) {
    before.replaceWith(now);
    return;
  }
  for (const name of before.getAttributeNames()) {
    if (name !== "open" && !now.hasAttribute(name)) before.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) before.setAttribute(name, value);
  let mine = before.firstChild;
  for (const node of [...now.childNodes]) {
    const match = counterpart(mine, node);
    if (!match) before.insertBefore(node, mine);
    else {
      while (mine !== match) mine = removed(mine);
      mine = mine.nextSibling;
      become(match, node);
    }
  }
  while (mine) mine = removed(mine);
}

/** What a part says, by the name of the place where it says so. */
function said(part) {
  const places = [...part.querySelectorAll("[data-told]")];
  return new Map(places.map((place) => [place.dataset.told, place.textContent.replace(/\s+/g, " ").trim()]));
}

/** Who had the focus on a button that is gone has it on the first of those that are there now. */
function update(part, now) {
  const [before, hadFocus] = [said(part), part.contains(document.activeElement)];
  const { id } = part;
  become(part, now);
  const there = document.getElementById(id);
  if (hadFocus && !there.contains(document.activeElement)) there.querySelector(".actions :is(a, button)")?.focus();
  return [...said(there)].filter(([place, text]) => before.get(place) !== text).map(([, text]) => text);
}

/** Takes over what differs in a page; returns false where it lacks one of the parts, so that it is another page. */
function takeOver(page) {
  const pairs = parts().map((part) => [part, page.getElementById(part.id)]);
  if (pairs.some(([, now]) => !now)) return false;
  const news = pairs.flatMap(([part, now]) => update(part, now));
  if (news.length) document.getElementById("told").textContent = news.join(" ");
  return true;
}

follow(() => parts().some(isOpen), takeOver);
