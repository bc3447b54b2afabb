/* Whose page this is, and whether the browser is still logged in as that person: somebody may log out in another tab.
 *
 *   the page is looked at again | a request is refused | another tab says so -> who() -> a notice, until it is so again
 */

import { data, element, fill, messages } from "./messages.js";

const KEY = "menagerie.who";
const FRESH_MS = 5000;

const notice = element("session");
let token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
let code = null;
let asked = null;
let back = () => {};

/** Calls `onBack` when the browser is the page's person again. */
export function listen(onBack) {
  back = onBack;
  try {
    window.localStorage.setItem(KEY, `${data.who} ${Date.now()}`);
  } catch {
    // Then only looking at the page again tells.
  }
  window.addEventListener("storage", (event) => { if (event.key === KEY) check(0); });
  window.addEventListener("focus", () => check());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
}

/** Resolves to null, or to the code of why nothing may be sent: `unauthenticated` or `changed_account`; never rejects.
 *
 * Asks the server only if it has not been asked for some seconds.
 */
export async function check(freshMs = FRESH_MS) {
  if (!asked || Date.now() - asked.at >= freshMs) asked = { at: Date.now(), outcome: who() };
  await asked.outcome;
  return code;
}

/** The token with which forms are sent; it changes where somebody logs in. */
export function formToken() {
  return token;
}

async function who() {
  try {
    const response = await fetch(data.whoUrl, { headers: { Accept: "application/json" } });
    if (response.ok) note(await response.json());
  } catch {
    // What is asked next will say that the server cannot be reached.
  }
}

function note({ name, token: newToken }) {
  token = newToken;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  const before = code;
  code = name === data.who ? null : name ? "changed_account" : "unauthenticated";
  notice.hidden = code === null;
  if (code) tell(name);
  if (before && !code) back();
}

function tell(name) {
  const sentence = name ? (data.who ? messages.otherAccount : messages.newAccount) : messages.loggedOut;
  element("session-text").textContent = fill(sentence, { name, before: data.who });
  element("session-login").hidden = Boolean(name);
  element("session-reload").textContent = name ? fill(messages.goOnAs, { name }) : messages.goOnWithout;
  element("session-reload").hidden = !name && !data.isOpen;
}
