/* The upload page with JavaScript: previews at once, answers one by one.
 *
 *   chosen, dropped, pasted or photographed files -> add -> plate in the list -> queue
 *   queue -> answer, one after the other, through the API -> plate filled in, announced
 */

const data = JSON.parse(document.getElementById("script-data").textContent);
const element = (id) => document.getElementById(id);
const plates = element("plates");
const niche = element("upload");
const VISIBLE_BARS = 8;
const RETRYABLE = new Set(["overloaded", "unreachable", "internal_error", "model_unavailable"]);

/** Pictures on the page, in order: {file, url, node, done, abort}. */
let items = [];
let working = false;

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function percent(score) {
  if (score < 0.001) return "<0.1%";
  if (score > 0.999) return ">99.9%";
  return `${(100 * score).toFixed(1)}%`;
}

function className(name) {
  return Object.hasOwn(data.classNames, name) ? data.classNames[name] : name;
}

function announce(text) {
  element("announcer").textContent = text;
}

/* Adding and removing */

function add(files) {
  const added = [...files].map((file) => ({ file, done: false, abort: new AbortController() }));
  added.forEach(show);
  items.push(...added);
  refresh();
  work();
}

function show(item) {
  item.url = URL.createObjectURL(item.file);
  item.node = element("plate-template").content.firstElementChild.cloneNode(true);
  const image = item.node.querySelector("img");
  image.addEventListener("error", () => { image.hidden = true; });
  image.src = item.url;
  part(item, "file").textContent = item.file.name || data.messages.pasted;
  part(item, "name").textContent = data.messages.waiting;
  part(item, "remove").setAttribute("aria-label", fill(data.messages.remove, { filename: nameOf(item) }));
  part(item, "remove").addEventListener("click", () => remove(item));
  part(item, "retry").addEventListener("click", () => retry(item));
  plates.append(item.node);
}

function part(item, name) {
  return item.node.querySelector(`.plate-${name}`);
}

function nameOf(item) {
  return item.file.name || data.messages.pasted;
}

function discard(item) {
  item.abort.abort();
  URL.revokeObjectURL(item.url);
  item.node.remove();
}

function remove(item) {
  const index = items.indexOf(item);
  discard(item);
  items = items.filter((other) => other !== item);
  const neighbour = items[Math.min(index, items.length - 1)];
  (neighbour ? part(neighbour, "remove") : element("choose")).focus();
  announce(fill(data.messages.removed, { filename: nameOf(item) }));
  refresh();
}

function startOver() {
  items.forEach(discard);
  items = [];
  element("choose").focus();
  announce(data.messages.startedOver);
  refresh();
}

function retry(item) {
  item.done = false;
  item.node.className = "plate plate-waiting";
  part(item, "error").hidden = true;
  part(item, "retry").hidden = true;
  part(item, "name").textContent = data.messages.waiting;
  part(item, "remove").focus();
  refresh();
  work();
}

function refresh() {
  const done = items.filter((item) => item.done).length;
  element("results").hidden = items.length === 0;
  element("start-over").hidden = items.length === 0;
  element("progress").hidden = items.length < 2;
  element("progress").firstElementChild.max = Math.max(items.length, 1);
  element("progress").firstElementChild.value = done;
  element("progress-text").textContent = fill(data.messages.progress, { done, total: items.length });
}

/* Answering */

async function work() {
  if (working) return;
  working = true;
  for (let item; (item = items.find((candidate) => !candidate.done)); ) {
    item.node.classList.add("plate-looking");
    part(item, "name").textContent = data.messages.looking;
    const answer = await ask(item);
    item.done = true;
    if (items.includes(item)) tell(item, answer);
    refresh();
  }
  working = false;
}

/** Resolves to {prediction, ms} or {code}; never rejects. */
async function ask(item) {
  if (item.file.size > data.maxBytes) return { code: "image_too_large" };
  const form = new FormData();
  form.append(data.field, item.file, item.file.name || "picture");
  try {
    const response = await fetch(data.classifyUrl, { method: "POST", body: form, signal: item.abort.signal });
    const body = await response.json();
    if (!response.ok) return { code: body.code };
    return { prediction: body.predictions[0], ms: milliseconds(response) };
  } catch (error) {
    return { code: error instanceof SyntaxError ? "internal_error" : "unreachable" };
  }
}

function milliseconds(response) {
  const match = /total;dur=([\d.]+)/.exec(response.headers.get("Server-Timing") || "");
  return match ? Math.max(1, Math.round(match[1])) : null;
}

function tell(item, answer) {
  item.node.classList.remove("plate-waiting", "plate-looking");
  if (answer.prediction) tellPrediction(item, answer.prediction, answer.ms);
  else tellError(item, answer.code);
}

function tellPrediction(item, prediction, ms) {
  const best = prediction.top[0];
  const values = { filename: nameOf(item), label: className(best.label), percent: percent(best.score) };
  part(item, "name").textContent = prediction.known ? values.label : data.messages.noneOfThese;
  part(item, "score").textContent = prediction.known ? values.percent : "";
  part(item, "nearest").textContent = fill(data.messages.nearest, values);
  part(item, "nearest").hidden = prediction.known;
  const [bars, moreBars] = item.node.querySelectorAll(".bars");
  bars.append(...prediction.top.slice(0, VISIBLE_BARS).map(bar));
  moreBars.append(...prediction.top.slice(VISIBLE_BARS).map(bar));
  moreBars.parentElement.hidden = prediction.top.length <= VISIBLE_BARS;
  if (prediction.known) bars.firstElementChild.classList.add("bar-best");
  if (ms !== null) part(item, "time").textContent = fill(data.messages.answered, { ms });
  announce(fill(prediction.known ? data.messages.announceResult : data.messages.announceUnknown, values));
}

function bar(entry) {
  const node = element("bar-template").content.firstElementChild.cloneNode(true);
  node.querySelector(".bar-label").textContent = className(entry.label);
  node.querySelector(".bar-score").textContent = percent(entry.score);
  const meter = node.querySelector("meter");
  meter.value = entry.score;
  meter.setAttribute("aria-label", className(entry.label));
  meter.textContent = percent(entry.score);
  return node;
}

function tellError(item, code) {
  const sentence = data.errors[code] || data.errors.internal_error;
  item.node.classList.add("plate-failed");
  part(item, "name").textContent = data.messages.notAnswered;
  part(item, "error").textContent = sentence;
  part(item, "error").hidden = false;
  part(item, "retry").hidden = !RETRYABLE.has(code);
  announce(fill(data.messages.announceError, { filename: nameOf(item), sentence }));
}

/* Ways in */

function listenToFields() {
  for (const input of niche.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      add(input.files);
      input.value = "";
    });
  }
}

function listenToDrops() {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    niche.classList.add("niche-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) niche.classList.remove("niche-over");
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    niche.classList.remove("niche-over");
    add(event.dataTransfer.files);
  });
}

function listenToPastes() {
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
}

document.documentElement.classList.add("js");
element("start-over").addEventListener("click", startOver);
listenToFields();
listenToDrops();
listenToPastes();
