/* Pictures from the camera: as long as a class's button is held, some a second, without those that are nearly the same. */

import * as camera from "../live/camera.js";
import { send } from "./adding.js";

const EVERY_MS = 200;
const MOST_AT_ONCE = 60;
const SIDE = 24; // Of the small grey copies that are compared.
const LEAST_DIFFERENCE = 4; // Mean of all pixels, in 255 steps.
const SHORT_SIDE = 480;

const panel = document.getElementById("studio-camera");
const video = panel.querySelector("video");
const startButton = panel.querySelector(".studio-start");
const stopButton = panel.querySelector(".studio-stop");
const sentences = JSON.parse(document.getElementById("camera-sentences").textContent);
const small = document.createElement("canvas");
[small.width, small.height] = [SIDE, SIDE];

let held = null; // {button, taken, last, taking} while a button is held.

async function start() {
  say("");
  if (!camera.isAllowed()) return say(sentences.insecure);
  startButton.disabled = true;
  try {
    const stream = await camera.start(video, "environment", () => stop(sentences.ended));
    if (!stream) return undefined;
    video.classList.toggle("live-mirrored", camera.looksAtUser(stream));
  } catch (error) {
    return stop(sentences[error.name] ?? sentences.other);
  } finally {
    startButton.disabled = false;
  }
  document.body.classList.add("studio-looking");
  if ([document.body, startButton].includes(document.activeElement)) stopButton.focus();
  return undefined;
}

function stop(why = "") {
  release();
  camera.stop(video);
  const hadFocus = document.activeElement === stopButton;
  document.body.classList.remove("studio-looking");
  if (hadFocus) startButton.focus();
  say(why);
}

function say(text) {
  panel.querySelector("[role=status]").textContent = text;
}

async function hold(button) {
  if (held) return;
  const mine = { button, taken: [], last: null };
  held = mine;
  button.classList.add("studio-holding");
  while (held === mine && mine.taken.length < MOST_AT_ONCE) {
    mine.taking = take(mine);
    await mine.taking;
    await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
  }
  if (held === mine) release();
}

async function take(mine) {
  const now = shades();
  if (mine.last && difference(mine.last, now) < LEAST_DIFFERENCE) return;
  const frame = await camera.frame(video, SHORT_SIDE);
  if (!frame) return;
  mine.last = now;
  mine.taken.push(new File([frame], `camera-${Date.now()}.jpg`, { type: "image/jpeg" }));
  if (held === mine) mine.button.querySelector("output").textContent = mine.taken.length;
}

/** Sends what was taken, with the picture that is being taken: a short press is one picture. */
async function release() {
  if (!held) return;
  const { button, taken, taking } = held;
  held = null;
  button.classList.remove("studio-holding");
  button.querySelector("output").textContent = "";
  await taking;
  const { where } = button.closest(".studio-class").dataset;
  if (taken.length) send(taken.map((file) => ({ where, name: file.name, file: async () => file })));
}

/** What the camera sees now, small and grey. */
function shades() {
  const context = small.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Array.from({ length: SIDE * SIDE }, (_, at) => (data[4 * at] + data[4 * at + 1] + data[4 * at + 2]) / 3);
}

function difference(one, other) {
  return one.reduce((sum, shade, at) => sum + Math.abs(shade - other[at]), 0) / one.length;
}

for (const button of document.querySelectorAll(".studio-hold")) {
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    hold(button);
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    hold(button);
  });
  for (const name of ["pointerup", "pointercancel", "keyup", "blur", "contextmenu"]) {
    button.addEventListener(name, (event) => {
      if (name === "contextmenu") event.preventDefault(); // Of a long touch.
      else release();
    });
  }
}

startButton.addEventListener("click", start);
stopButton.addEventListener("click", () => stop());
document.addEventListener("visibilitychange", () => { if (document.hidden && video.srcObject) stop(); });
