"use strict";

/** Reads the model's parts, starts ONNX Runtime on them, and answers pictures one after the other. */
const parts = [];
const of = (id) => document.getElementById(id);
let queue = Promise.resolve();
let asked = 0;
let answered = 0;

/** Called by each file in parts/: scripts are all that a page may read beside it when it is opened from a folder. */
function take(base64) {
  parts.push(bytesOf(base64));
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function script(path) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = path;
    element.onload = () => resolve(element.remove());
    element.onerror = () => reject(new Error(SAY.missing(path)));
    document.head.append(element);
  });
}

async function read(names, whenRead) {
  for (const name of names) {
    await script(`parts/${name}`);
    whenRead();
  }
  return new Blob(parts.splice(0)).arrayBuffer();
}

async function start() {
  document.documentElement.lang = LANGUAGE === "zh" ? "zh-Hans" : "en";
  document.title = of("name").textContent = MODEL.name;
  of("classes").textContent = SAY.classes(MODEL.class_names);
  of("choose-words").textContent = SAY.choose;
  const all = MODEL.runtime_parts.length + MODEL.model_parts.length;
  let done = 0;
  const whenRead = () => {
    of("state").textContent = SAY.loading(++done, all);
    of("loading").value = done / all;
  };
  of("loading").hidden = false;
  await script("parts/onnxruntime.js");
  ort.env.wasm.numThreads = 1; // More need headers that a folder does not send.
  ort.env.wasm.wasmBinary = await read(MODEL.runtime_parts, whenRead);
  ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(new Blob([ORT_MODULE], { type: "text/javascript" })) };
  const model = await read(MODEL.model_parts, whenRead);
  of("state").textContent = SAY.starting;
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] }).catch((error) => {
    throw new Error(SAY.failed(error.message));
  });
  of("loading").hidden = true;
  of("choose").hidden = false;
  of("state").textContent = SAY.ready;
  listen((files) => answer(files, session));
}

function listen(give) {
  of("files").addEventListener("change", ({ target }) => {
    give([...target.files]);
    target.value = ""; // So that the same picture can be chosen again.
  });
  document.addEventListener("paste", (event) => give([...event.clipboardData.files]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      of("choose").classList.toggle("over", name === "dragover");
      if (name === "drop") give([...event.dataTransfer.files]);
    });
  }
}

function answer(files, session) {
  asked += files.length;
  for (const file of files) {
    queue = queue.then(async () => {
      of("state").textContent = SAY.looking(answered + 1, asked);
      const found = await classified(file, session).catch(() => ({ problem: SAY.too_large }));
      of("answers").prepend(card(file, found));
      answered += 1;
      if (answered === asked) of("state").textContent = SAY.ready;
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    });
  }
}

/** What the model says of one file: `{known, top}`, the classes with their probabilities, the best first. */
async function classified(file, session) {
  const picture = await pixelsOf(file);
  if (!picture) return { problem: SAY.unreadable };
  const size = MODEL.input_size;
  const pixels = new ort.Tensor("uint8", prepare(picture, MODEL), [1, size, size, 3]);
  const outputs = await session.run({ [session.inputNames[0]]: pixels });
  const top = MODEL.class_names.map((label, at) => ({ label, probability: outputs.probabilities.data[at] }));
  top.sort((one, other) => other.probability - one.probability);
  return { known: !outputs.known || Boolean(outputs.known.data[0]), top };
}

function card(file, { problem, known, top }) {
  const [item, body] = [document.createElement("li"), document.createElement("div")];
  if (!problem) {
    const image = document.createElement("img");
    image.alt = "";
    image.src = URL.createObjectURL(file);
    item.append(image);
  }
  if (problem) {
    add(body, "h2", file.name);
    add(body, "p", problem);
  } else {
    add(body, "h2", known ? top[0].label : SAY.none);
    add(body, "p", file.name);
    if (!known) add(body, "p", SAY.closest);
    const list = body.appendChild(document.createElement("dl"));
    for (const { label, probability } of top.slice(0, 5)) {
      add(list, "dt", label);
      add(list, "dd", percent(probability)).dataset.probability = probability;
    }
  }
  item.append(body);
  return item;
}

/** As the server writes scores: no answer is certain. */
function percent(probability) {
  if (probability < 0.001) return "<0.1 %";
  if (probability > 0.999) return ">99.9 %";
  return `${(100 * probability).toFixed(1)} %`;
}

function add(parent, tag, text) {
  const element = parent.appendChild(document.createElement(tag));
  element.textContent = text;
  return element;
}

start().catch((error) => {
  of("loading").hidden = true;
  of("state").textContent = error.message;
});
