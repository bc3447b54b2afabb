/* Right or wrong, on the upload page: asks below each answer, and sends what is said without leaving the page.
 *
 *   "menagerie:answered" on a card -> its empty .result-card-judgement gets the template, or what was said before
 *   a form of it is sent -> POST, JSON -> the sentence, with a button that takes it back
 */

const template = document.getElementById("judgement-template");
const data = template && JSON.parse(document.getElementById("judgement-data").textContent);
const NO_ANSWER = "00000000-0000-0000-0000-000000000000";

function className(name) {
  return Object.hasOwn(data.classNames, name) ? data.classNames[name] : name;
}

function ask(place, { id, prediction, yes, correction }) {
  const node = template.content.firstElementChild.cloneNode(true);
  const address = template.dataset.address.replace(NO_ANSWER, id);
  for (const form of node.querySelectorAll("form")) form.setAttribute("action", address);
  node.querySelector(prediction.known ? ".judgement-open" : ".judgement-forms:not(.judgement-open)").remove();
  if (!prediction.known) node.querySelector(".judgement-question").textContent = template.dataset.what;
  const buttons = choices(prediction).map(classButton);
  if (yes) emphasize(buttons[0], yes);
  node.querySelector(".judgement-classes").append(...buttons);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    send(node, event.target, event.submitter);
  });
  place.replaceChildren(node);
  if (correction) recall(node, correction);
}

/** Shows what was said of an answer before; what has been reviewed stays. */
function recall(node, { kind, label, state }) {
  turn(node, { isSaid: true });
  if (state !== "pending") node.querySelector(".judgement-undo").hidden = true;
  const what = kind === "none" ? template.dataset.none : kind === "new_class" ? label : className(label);
  tell(node, { ok: true, sentence: template.dataset.noted.replace("{what}", what) });
}

function choices(prediction) {
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

async function send(node, form, submitter) {
  if (node.ariaBusy === "true") return; // A second press while the first is on its way.
  node.ariaBusy = "true";
  const { ok, sentence } = await post(form, submitter);
  node.ariaBusy = "false";
  if (ok) show(node, { isSaid: !form.matches(".judgement-undo") });
  tell(node, { ok, sentence });
}

/** Resolves to {ok, sentence}; never rejects. */
async function post(form, submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.append(submitter.name, submitter.value);
  try {
    const address = form.getAttribute("action");
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    return { ok: response.ok, sentence: (await response.json()).sentence };
  } catch {
    return { ok: false, sentence: template.dataset.unreachable };
  }
}

/** Shows the question, or what was said; the focus goes where the reader can go on. */
function show(node, { isSaid }) {
  turn(node, { isSaid });
  node.querySelector(isSaid ? ".judgement-undo button" : ".judgement-forms button").focus();
}

function turn(node, { isSaid }) {
  node.querySelector(".judgement-question").hidden = isSaid;
  node.querySelector(".judgement-forms").hidden = isSaid;
  node.querySelector("details").open = false;
  node.querySelector(".judgement-undo").hidden = !isSaid;
}

function tell(node, { ok, sentence }) {
  const line = node.querySelector(".judgement-said");
  line.classList.toggle("judgement-failed", !ok);
  line.textContent = sentence;
}

document.addEventListener("menagerie:answered", (event) => {
  if (!template) return; // Nothing is kept, so nothing can be corrected.
  const place = event.target.querySelector(".result-card-judgement");
  if (place && event.detail.id) ask(place, event.detail);
});
