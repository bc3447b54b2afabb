/* Adds pictures: chosen for a class, or a folder or zip file with one folder a class; sent some at a time. */

import { inMemory } from "../in_memory.js";
import { entries } from "./zip.js";

const AT_ONCE = 8;
const MOST_BYTES_AT_ONCE = 24 * 1024 * 1024;
const PATHS_AT_ONCE = 80; // A form may have no more than a hundred fields.
const MOST_SAID = 20;
const PATIENCE_MS = 2000;
const NOT_FOUND = 404;
const PICTURE = /\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif)$/i;
const ZIP = /\.zip$/i;
const HIDDEN = /(^|\/)(\.|__MACOSX)/;
const drop = document.getElementById("studio-drop");
const of = (name) => document.getElementById(`studio-${name}`);
const words = (name, values) => drop.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
let token = document.querySelector("[name=csrfmiddlewaretoken]").value;

document.documentElement.classList.add("js");
const counts = { all: 0, sent: 0, added: 0, passed: 0 };
const waiting = [];
let isBusy = false;

/** Why nothing can be sent now; what waits is sent when somebody goes on. */
class Trouble extends Error {}

/** Sends `items` of `{ where, name, file() }` after what is being sent already.
 *
 * `where` is the query that names the class. Without it, `folders` is the path of the folders by which the server says it.
 */
export function send(items) {
  if (!items.length) return finish();
  counts.all += items.length;
  for (const item of items) waiting.push(item);
  return isBusy ? undefined : sendAll();
}

async function sendAll() {
  isBusy = true;
  of("again").hidden = true;
  try {
    while (waiting.length) {
      await findPlaces();
      if (!waiting[0]?.where) continue; // It came meanwhile.
      const { taken, files } = await nextBatch();
      if (files.length) await sendBatch(waiting[0].where, files);
      waiting.splice(0, taken);
      counts.sent += taken;
      of("bar").value = counts.sent / counts.all;
      say(words("adding", { done: counts.sent, all: counts.all }));
    }
    finish();
  } catch (error) {
    say(error instanceof Trouble ? error.message : words("lost", {}));
    of("again").hidden = false;
  } finally {
    isBusy = false;
  }
}

function finish() {
  if (!counts.all && !counts.passed) return say(words("none", {}));
  of("reload").hidden = false;
  return say(`${words("added", { n: counts.added })}${counts.passed ? ` · ${words("passed", { n: counts.passed })}` : ""}`);
}

/** Finds out where what waits with its folders alone belongs: of all together, before a class is made of any of them. */
async function findPlaces() {
  const lost = waiting.filter((item) => !item.where);
  const paths = [...new Set(lost.map((item) => item.folders))];
  const found = new Map();
  for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) {
    const some = paths.slice(at, at + PATHS_AT_ONCE);
    const form = new FormData();
    for (const path of some) form.append("folders", path);
    const { response, answer } = await asked(drop.dataset.places, form);
    if (!response.ok) return giveUp(lost, whyNot(response, answer));
    some.forEach((path, number) => found.set(path, answer.places[number]));
  }
  for (const item of lost) {
    const { name, folder } = found.get(item.folders);
    item.where = place(new URLSearchParams({ name }).toString(), folder);
  }
  return undefined;
}

/** Passes over some of what waits. */
function giveUp(items, why) {
  const given = new Set(items);
  waiting.splice(0, Infinity, ...waiting.filter((item) => !given.has(item)));
  for (const { name } of items) passOver(name, why);
  counts.sent += items.length;
}

/** The first of those that wait, as many as go together: of one class, and not too much. They wait until they are sent. */
async function nextBatch() {
  const files = [];
  let [taken, bytes] = [0, 0];
  for (const item of waiting) {
    if (item.where !== waiting[0].where || files.length >= AT_ONCE || bytes >= MOST_BYTES_AT_ONCE) break;
    taken += 1;
    const file = item.isRead === false ? null : await item.file().then(inMemory).catch(() => null);
    if (file) {
      files.push(file);
      bytes += file.size;
    } else if (item.isRead !== false) passOver(item.name, words("unread", {}));
    item.isRead = Boolean(file);
  }
  return { taken, files };
}

/** Sends pictures; where the server does not take some together, one by one, so that one does not keep the others out. */
async function sendBatch(where, files) {
  const form = new FormData();
  for (const file of files) form.append("image", file, file.name);
  const { response, answer } = await asked(`${drop.dataset.add}?${where}`, form);
  if (response.ok) {
    counts.added += answer.added;
    for (const { name, why } of answer.passed) passOver(name, why);
  } else if (files.length > 1 && response.status !== NOT_FOUND) {
    for (const file of files) await sendBatch(where, [file]);
  } else for (const { name } of files) passOver(name, whyNot(response, answer));
}

/** Why the server did not take something, and would not the next time either. */
function whyNot(response, answer) {
  return response.status === NOT_FOUND ? words("gone", {}) : (answer.sentence ?? answer.detail ?? words("refused", {}));
}

/** What the server says to a form; throws where it cannot take any at the moment. */
async function asked(address, form, triesLeft = 5) {
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const response = await fetch(address, { method: "POST", headers, body: form });
  const answer = await response.json().catch((error) => notOurs(error, response));
  if (response.ok) return { response, answer };
  if (response.status === 503 && triesLeft) {
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    return asked(address, form, triesLeft - 1);
  }
  if ([401, 403, NOT_FOUND].includes(response.status) && (await isSomebodyElse())) throw new Trouble(words("login", {}));
  if (response.status === 403 && triesLeft) return asked(address, form, 0); // With the token of a new login.
  if (response.status >= 500 || [401, 403, 429].includes(response.status)) {
    throw new Trouble(answer.sentence ?? answer.detail ?? words("lost", {}));
  }
  return { response, answer };
}

/** No answer in place of a page, such as a proxy makes of an error; throws where there should have been one. */
function notOurs(error, response) {
  if (response.ok || !(error instanceof SyntaxError)) throw error;
  return {};
}

/** Whether the browser is not logged in any more as whose page this is. */
async function isSomebodyElse() {
  const who = await (await fetch(drop.dataset.whoUrl, { headers: { Accept: "application/json" } })).json();
  token = who.token ?? token;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  return who.name !== drop.dataset.who;
}

function passOver(name, why) {
  counts.passed += 1;
  if (counts.passed > MOST_SAID) return;
  const item = document.createElement("li");
  item.textContent = `${name}: ${why}`;
  of("passed").append(item);
}

function say(text) {
  of("progress").hidden = false;
  of("told").textContent = text;
}

/** What to send to: a class, as a query, and the folder inside that of the class, if any. */
function place(where, folder) {
  return folder ? `${where}&${new URLSearchParams({ folder })}` : where;
}

/** Sends the pictures among files with their paths: to `where`, or, without it, where their folders belong. */
function sendFound(found, where) {
  const pictures = found.filter(({ path }) => PICTURE.test(path) && !HIDDEN.test(path));
  if (!where) return send(byFolder(pictures));
  return send(pictures.map(({ path, file }) => ({ where: place(where, path.split("/").at(-2)), name: path, file })));
}

/** Of pictures with their paths, those that are in a folder, folder by folder. */
function byFolder(pictures) {
  const found = [];
  for (const { path, file } of pictures) {
    const end = path.lastIndexOf("/");
    if (end > 0) found.push({ folders: path.slice(0, end), name: path.slice(end + 1), file });
    else passOver(path, words("alone", {}));
  }
  return found.sort((one, other) => one.folders.localeCompare(other.folders));
}

/** What is in a zip file, with its paths; nothing where it cannot be read, and it is passed over. */
async function inside({ path, file }) {
  const found = await file().then(entries).catch(() => null);
  if (!found) passOver(path, words("zip", {}));
  return (found ?? []).map((entry) => ({ path: entry.path, file: entry.unpack }));
}

/** All files below what was dropped, with their paths. */
async function below(entry, path = "") {
  const here = `${path}${entry.name}`;
  if (entry.isFile) return [{ path: here, file: () => new Promise((resolve, reject) => entry.file(resolve, reject)) }];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => null);
    if (!some) passOver(here, words("unread", {}));
    if (!some?.length) return found;
    for (const each of some) found.push(...(await below(each, `${here}/`)));
  }
}

/** Sends what was dropped: files, folders, and zip files, which are as good as folders. */
async function dropped(event, where) {
  const items = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  const found = await Promise.all(items.map((item) => (item instanceof File ? [alone(item)] : below(item))));
  const opened = await Promise.all(found.flat().map((each) => (isZip(each) ? inside(each) : [each])));
  return sendFound(opened.flat(), where);
}

const alone = (file) => ({ path: file.name, file: async () => file });
const isZip = ({ path }) => ZIP.test(path) && !path.includes("/");

for (const place of [drop, ...document.querySelectorAll(".studio-class")]) {
  for (const name of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.toggle("over", name === "dragover");
      if (name === "drop") dropped(event, place.dataset.where);
    });
  }
}

of("again").addEventListener("click", () => sendAll());

addEventListener("beforeunload", (event) => {
  if (waiting.length) event.preventDefault(); // Pictures of the camera are nowhere else.
});

// Some phones have no folders to choose, and some browsers unpack nothing.
of("folder").parentElement.hidden = !("webkitdirectory" in HTMLInputElement.prototype);
of("zip").parentElement.hidden = !("DecompressionStream" in window);

/** Calls `take` with the files that are chosen in a field, also with those that were before this script came. */
function onChosen(field, take) {
  const chosen = () => {
    const files = [...field.files];
    field.value = "";
    take(files);
  };
  field.addEventListener("change", chosen);
  if (field.files.length) chosen();
}

onChosen(of("folder"), (files) => {
  sendFound(files.map((file) => ({ path: file.webkitRelativePath, file: async () => file })));
});

onChosen(of("zip"), async ([file]) => {
  if (file) sendFound(await inside(alone(file)));
});

for (const section of document.querySelectorAll(".studio-class")) {
  onChosen(section.querySelector("input[type=file]"), (files) => {
    const { where } = section.dataset;
    send(files.map((file) => ({ where, name: file.name, file: async () => file })));
  });
}
