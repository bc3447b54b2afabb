/* What the camera sees, answered some times a second.
 *
 *   Start -> a frame -> asked, not kept -> name and bars -> a pause, longer where the server is slow -> a frame
 *   Keep  -> the frame that was answered last -> asked and kept -> a link to its answer; or saved as a file
 *
 * The camera runs only after a press, and no longer than the page is looked at.
 */

import * as camera from "./live/camera.js";
import { at, certainty, className, data, element, errorSentence, fill, messages, percent, perhaps } from "./home/messages.js";
import { ask } from "./home/request.js";
import * as session from "./home/session.js";
import * as stays from "./home/stays.js";

const SETTLED_MS = 1500;
const MOST_PAUSE_MS = 2000;

const video = element("video");
const startButton = element("start");
const stopButton = element("stop");
const keepButton = element("keep");

let stream = null;
let facing = "environment";
let last = null; // {frame, prediction} of the answer that is shown.
let times = []; // When the last answers came.
let announced = "";
let settles = 0;

/* The camera */

async function start() {
  complain("");
  if (!camera.isAllowed()) return complain(data.camera.insecure);
  startButton.disabled = true;
  say(data.live.starting);
  let started = null;
  try {
    started = await camera.start(video, facing, () => stop(data.camera.ended));
  } catch (error) {
    return stop(data.camera[error.name] ?? data.camera.other);
  } finally {
    startButton.disabled = false;
  }
  if (!started) return say(data.live.stopped);
  stream = started;
  if (await session.check(0)) return stop(); // Somebody has logged out.
  const several = await camera.areSeveral();
  if (stream !== started) return undefined; // It was stopped meanwhile.
  document.body.classList.add("live-on");
  video.classList.toggle("live-mirrored", camera.looksAtUser(stream));
  element("turn").hidden = !several;
  showButtons();
  if ([document.body, startButton].includes(document.activeElement)) stopButton.focus();
  return look(stream);
}

function stop(why = "") {
  const hadFocus = document.activeElement === stopButton;
  camera.stop(video);
  stream = null;
  times = [];
  document.body.classList.remove("live-on");
  element("turn").hidden = true;
  showButtons();
  if (hadFocus) startButton.focus();
  say(data.live.stopped);
  complain(why);
}

async function turn() {
  facing = facing === "user" ? "environment" : "user";
  stop();
  await start();
}

function showButtons() {
  startButton.hidden = Boolean(stream);
  stopButton.hidden = !stream;
  keepButton.hidden = !last;
}

/* Looking, as long as the stream is the one that was started */

async function look(at) {
  while (stream === at) {
    const began = performance.now();
    const pauseMs = await lookOnce(at, began);
    await new Promise((resolve) => { setTimeout(resolve, pauseMs); });
  }
}

/** Asks about what the camera sees now; resolves to how long to wait before the next look, in milliseconds. */
async function lookOnce(at, began) {
  const stepMs = 1000 / data.mostPerS;
  const seen = await camera.frame(video, data.leastShortSide ?? 0);
  if (await session.check()) { // Somebody has logged out in another tab: what the camera sees is not sent as another one.
    stop();
    return 0;
  }
  if (!seen) return stepMs;
  const found = await ask(seen, "camera.jpg", { query: "?keep=false", mostRetries: 0 });
  if (stream !== at) return 0;
  if (!found.prediction) return slower(found);
  complain("");
  show(seen, found.prediction);
  const tookMs = performance.now() - began;
  return Math.max(stepMs - tookMs, Math.min(tookMs, MOST_PAUSE_MS)); // Half of the server is left to others.
}

function slower({ code, reason, waitS }) {
  complain(waitS ? fill(data.live.slower, { seconds: waitS }) : errorSentence(code, reason));
  if (!waitS && code !== "unreachable" && code !== "internal_error") stop(errorSentence(code, reason));
  return 1000 * (waitS ?? 3);
}

/* The answer */

function show(frame, prediction) {
  last = { frame, prediction };
  const { known, top: [{ label, score }], likeness } = prediction;
  const doubt = perhaps(prediction);
  element("name").textContent = known ? className(label) : doubt?.headline ?? messages.noneOfThese;
  element("certainty").textContent = known ? certainty(score) : doubt?.doubt ?? fill(messages.nearest, { label: className(label) });
  document.body.classList.toggle("live-unknown", !known);
  const scores = new Map(prediction.top.map((entry) => [entry.label, entry.score]));
  for (const bar of document.querySelectorAll("#bars > .bar")) {
    bar.classList.toggle("bar-best", bar.dataset.label === label);
    showBar(bar, scores.get(bar.dataset.label) ?? 0);
  }
  showBar(element("likeness"), likeness ?? 0);
  element("likeness").hidden = likeness === null;
  showPace();
  showButtons();
  settle();
}

function showBar(bar, score) {
  bar.querySelector("meter").value = score;
  bar.querySelector(".bar-score").textContent = percent(score);
}

function showPace() {
  const now = performance.now();
  times = [...times.filter((time) => now - time < 5000), now];
  const rate = times.length > 1 ? ((times.length - 1) * 1000) / (now - times[0]) : 0;
  element("pace").textContent = rate ? fill(data.live.perSecond, { rate: rate.toFixed(1) }) : "";
}

/** Who listens hears a name once it has stayed for a while, not every look. */
function settle() {
  const text = `${element("name").textContent}, ${element("certainty").textContent}`;
  if (text === announced) return;
  announced = text;
  clearTimeout(settles);
  settles = setTimeout(() => say(announced), SETTLED_MS);
}

function say(text) {
  element("announcer").textContent = text;
}

function complain(sentence) {
  if (element("trouble").textContent === sentence) return; // Else it is read out again.
  element("trouble").textContent = sentence;
  element("trouble").hidden = !sentence;
}

/* Keeping a frame */

async function keep() {
  keepButton.disabled = true;
  await keepFrame(last.frame);
  keepButton.disabled = false;
}

async function keepFrame(frame) {
  const filename = `${fill(data.live.filename, { time: new Date().toTimeString().slice(0, 8).replaceAll(":", "-") })}.jpg`;
  const line = element("kept-template").content.firstElementChild.cloneNode(true);
  const link = line.querySelector("a");
  const url = URL.createObjectURL(frame);
  if (data.keeps) {
    if (await session.check(0)) return;
    const found = await askToKeep(frame, filename);
    if (!found) return;
    link.href = at(data.answerUrl, found.id);
    link.textContent = fill(found.known ? data.live.kept : data.live.noneKept, { label: className(found.top[0].label) });
  } else {
    Object.assign(link, { href: url, download: filename, textContent: filename });
  }
  line.querySelector("img").src = url;
  element("kept").prepend(line);
  element("kept-part").hidden = false;
  say(link.textContent);
  if (!data.keeps) link.click();
}

/** Resolves to the answer that is in the history now; null where it could not be given, which is said. */
async function askToKeep(frame, filename) {
  const { prediction, code, reason } = await ask(frame, filename);
  if (!prediction?.id) {
    complain(errorSentence(code, reason));
    return null;
  }
  stays.remember([{ id: prediction.id, batch: Date.now(), place: 0 }]);
  return prediction;
}

startButton.addEventListener("click", start);
stopButton.addEventListener("click", () => stop());
element("turn").addEventListener("click", turn);
keepButton.addEventListener("click", keep);
document.addEventListener("visibilitychange", () => { if (document.hidden && video.srcObject) stop(); });
window.addEventListener("pagehide", () => { if (video.srcObject) stop(); });
session.listen(() => {});
document.documentElement.classList.add("js");
