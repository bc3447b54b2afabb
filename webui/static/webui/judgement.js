/* Right or wrong, on the upload page: asks below each answer, and sends what is said without leaving the page.
 *
 *   "menagerie:answered" on a card -> its empty .result-card-judgement gets the template, or what was said before
 *   a form of it is sent -> POST, JSON -> the sentence, with a button that takes it back -> "menagerie:said"
 */

import { announce, at, errorSentence, fill, named } from "./home/messages.js";
import { check, formToken } from "./home/session.js";

const template = document.getElementById("judgement-template");
const data = template && JSON.parse(document.getElementById("judgement-data").textContent);

function className(name) {
  return Object.hasOwn(data.classNames, name) ? data.classNames[name] : name;
}

function ask(place, { id, prediction, yes, correction, filename }) {
  const node = template.content.firstElementChild.cloneNode(true);
  node.setAttribute("aria-label", named(node.getAttribute("aria-label"), filename));
  node.querySelector(prediction.known ? ".judgement-open" : ".judgement-forms:not(.judgement-open)").remove();
  if (!prediction.known) node.querySelector(".judgement-question").textContent = template.dataset.what;
  const address = at(template.dataset.address, id);
  prepare(node, { address, prediction, yes, filename });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    send(node, event.target, { submitter: event.submitter, id });
  });
  place.replaceChildren(node);
  if (correction) recall(node, correction);
}

/** Fills in what differs from answer to answer. What opens below "Wrong" waits for that: of many, few are opened. */
function prepare(node, about) {
  const choices = node.querySelector(".judgement-choices");
  if (!choices) {
    fillIn(node, about);
    return;
  }
  choices.remove();
  fillIn(node, about);
  const details = node.querySelector("details");
  const complete = () => {
    if (choices.isConnected) return;
    details.append(choices);
    fillIn(choices, about);
  };
  details.firstElementChild.addEventListener("click", complete);
  details.addEventListener("toggle", complete);
}

function fillIn(node, { address, prediction, yes, filename }) {
  for (const form of node.querySelectorAll("form")) form.setAttribute("action", address);
  const buttons = choicesOf(prediction).map(classButton);
  if (yes) emphasize(buttons[0], yes);
  node.querySelector(".judgement-classes")?.append(...buttons);
  for (const control of node.querySelectorAll("button, summary")) {
    const text = [...control.childNodes].filter((child) => !child.ariaHidden).map((child) => child.textContent);
    control.setAttribute("aria-label", named(text.join("").trim(), filename));
  }
}

/** Shows what was said of an answer before, and what came of it; what has been reviewed stays. */
function recall(node, { kind, label, state }) {
  turn(node, { isSaid: true });
  if (state !== "pending") node.querySelector(".judgement-undo").hidden = true;
  const what = kind === "none" ? template.dataset.none : kind === "new_class" ? label : className(label);
  show(node, { ok: true, sentence: fill(template.dataset[state] ?? template.dataset.noted, { what }) });
}

function choicesOf(prediction) {
  const labels = prediction.top.map((entry) => entry.label);
  return labels.filter((label) => !prediction.known || label !== prediction.label).slice(0, data.maxButtons);
}

function classButton(label) {
  const button = document.createElement("button");
  button.className = "button button-quiet button-small";
  button.name = "label";
  button.value = label;
  button.textContent = className(label);
  return button;
}

/** Makes the button of the nearest class the first thing to press. */
function emphasize(button, yes) {
  button.classList.remove("button-quiet");
  button.textContent = yes;
}

async function send(node, form, { submitter, id }) {
  if (node.ariaBusy === "true") return; // A second press while the first is on its way.
  node.ariaBusy = "true";
  const { ok, sentence, correction } = await post(form, submitter);
  node.ariaBusy = "false";
  show(node, { ok, sentence });
  announce(sentence);
  if (!ok) return;
  const isSaid = !form.matches(".judgement-undo");
  turn(node, { isSaid });
  // The focus goes where the reader can go on.
  node.querySelector(isSaid ? ".judgement-undo button" : ".judgement-forms button").focus();
  const detail = { id, correction: isSaid ? correction : null };
  node.dispatchEvent(new CustomEvent("menagerie:said", { bubbles: true, detail }));
}

/** Resolves to {ok, sentence, correction}; never rejects. Where it was refused, finds out whether somebody else is
 * logged in by now, or only the form's token is an old one. */
async function post(form, submitter, isSecond = false) {
  const body = new FormData(form);
  body.set("csrfmiddlewaretoken", formToken());
  if (submitter?.name) body.append(submitter.name, submitter.value);
  try {
    const address = form.getAttribute("action");
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    const isStranger = [401, 403, 404].includes(response.status) && (await check(0));
    if (isStranger) return { ok: false, sentence: template.dataset[isStranger === "unauthenticated" ? "out" : "other"] };
    if (response.status === 403 && !isSecond) return post(form, submitter, true);
    const answer = await response.json().catch(() => null); // A page, such as a proxy makes of an error.
    return { ok: response.ok && answer !== null, sentence: errorSentence(answer?.code, answer?.reason), ...answer };
  } catch {
    return { ok: false, sentence: template.dataset.unreachable };
  }
}

function turn(node, { isSaid }) {
  node.querySelector(".judgement-question").hidden = isSaid;
  node.querySelector(".judgement-forms").hidden = isSaid;
  node.querySelector("details").open = false;
  node.querySelector(".judgement-undo").hidden = !isSaid;
}

function show(node, { ok, sentence }) {
  const line = node.querySelector(".judgement-said");
  line.classList.toggle("judgement-failed", !ok);
  line.textContent = sentence;
}

document.addEventListener("menagerie:answered", (event) => {
  if (!template) return; // Nothing is kept, so nothing can be corrected.
  const place = event.target.querySelector(".result-card-judgement");
  if (place && event.detail.id) ask(place, event.detail);
});

/* Escape closes "Wrong" and "Something else", and nothing around them. */
document.addEventListener("keydown", (event) => {
  const opened = event.key === "Escape" && event.target.closest?.(".judgement details[open]");
  if (!opened) return;
  event.preventDefault();
  opened.open = false;
  opened.querySelector("summary").focus();
}, { capture: true });
