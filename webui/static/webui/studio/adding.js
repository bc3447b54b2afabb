/* Adds pictures: chosen for a class, or a folder or zip file with one folder a class; sent some at a time. */

import { entries } from "./zip.js";

const AT_ONCE = 8;
const MOST_BYTES_AT_ONCE = 24 * 1024 * 1024;
const MOST_SAID = 20;
const PATIENCE_MS = 2000;
const PICTURE = /\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif)$/i;
const HIDDEN = /(^|\/)(\.|__MACOSX)/;
const drop = document.getElementById("studio-drop");
const of = (name) => document.getElementById(`studio-${name}`);
const words = (name, values) => drop.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const token = document.querySelector("[name=csrfmiddlewaretoken]").value;

document.documentElement.classList.add("js");
let work = Promise.resolve();
const counts = { all: 0, sent: 0, added: 0, passed: 0 };

/** Sends `items` of `{ where, file() }` after what is being sent already; `where` is the query that names the class. */
export function send(items) {
  if (!items.length) return say(words("none", {}));
  counts.all += items.length;
  work = work.then(() => sendAll(items)).catch(() => say(words("lost", {})));
  return work;
}

async function sendAll(items) {
  let batch = [];
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    const file = await item.file().catch(() => null);
    if (file) {
      batch.push(file);
      bytes += file.size;
    } else passOver(item.name, words("zip", {}));
    const isLast = items[index + 1]?.where !== item.where;
    if (batch.length && (isLast || batch.length >= AT_ONCE || bytes >= MOST_BYTES_AT_ONCE)) {
      await sendBatch(item.where, batch);
      [batch, bytes] = [[], 0];
    }
    counts.sent += file ? 0 : 1;
  }
  of("reload").hidden = false;
  say(`${words("added", { n: counts.added })}${counts.passed ? ` · ${words("passed", { n: counts.passed })}` : ""}`);
}

async function sendBatch(where, files, triesLeft = 5) {
  const form = new FormData();
  for (const file of files) form.append("image", file, file.name);
  const response = await fetch(`${drop.dataset.add}?${where}`, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    body: form,
  });
  if (response.status === 503 && triesLeft) {
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    return sendBatch(where, files, triesLeft - 1);
  }
  const answer = await response.json();
  if (!response.ok) {
    for (const file of files) passOver(file.name, answer.sentence ?? answer.detail);
  } else {
    counts.added += answer.added;
    for (const { name, why } of answer.passed) passOver(name, why);
  }
  counts.sent += files.length;
  of("bar").value = counts.sent / counts.all;
  return say(words("adding", { done: counts.sent, all: counts.all }));
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

/** Of files with their paths, those that are pictures in a folder, which is their class. */
function byFolder(found) {
  return found
    .filter(({ path }) => PICTURE.test(path) && !HIDDEN.test(path) && path.includes("/"))
    .map(({ path, file }) => {
      const folders = path.split("/");
      return { where: new URLSearchParams({ name: folders.at(-2) }).toString(), name: folders.at(-1), file };
    })
    .sort((one, other) => one.where.localeCompare(other.where));
}

async function fromZip(blob) {
  const found = await entries(blob).catch(() => null);
  if (!found) return say(words("zip", {}));
  return send(byFolder(found.map(({ path, unpack }) => ({ path, file: unpack }))));
}

/** All files below what was dropped, with their paths. */
async function below(entry, path = "") {
  const here = `${path}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ path: here, file: async () => file }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const each of some) found.push(...(await below(each, `${here}/`)));
  }
}

async function dropped(event, classId) {
  const items = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [...event.dataTransfer.files];
  if (files.length === 1 && /\.zip$/i.test(files[0].name)) return fromZip(files[0]);
  const found = (await Promise.all(items.map((entry) => below(entry)))).flat();
  if (!classId) return send(byFolder(found));
  const where = `class=${classId}`;
  return send(found.filter(({ path }) => PICTURE.test(path) && !HIDDEN.test(path)).map(({ path, file }) => ({ where, name: path, file })));
}

for (const place of [drop, ...document.querySelectorAll(".studio-class")]) {
  for (const name of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.toggle("over", name === "dragover");
      if (name === "drop") dropped(event, place.dataset.class);
    });
  }
}

of("folder").addEventListener("change", ({ target }) => {
  send(byFolder([...target.files].map((file) => ({ path: file.webkitRelativePath, file: async () => file }))));
  target.value = "";
});

of("zip").addEventListener("change", ({ target }) => {
  fromZip(target.files[0]);
});

for (const section of document.querySelectorAll(".studio-class")) {
  section.querySelector("input[type=file]").addEventListener("change", ({ target }) => {
    const where = `class=${section.dataset.class}`;
    send([...target.files].map((file) => ({ where, name: file.name, file: async () => file })));
    target.value = "";
  });
}
