/* Cover and see: the square follows finger, mouse and sliders, and the bars follow the square.
 *
 *   moved -> at most so often a second, one question at a time, the latest place wins -> bars
 *   an answer took long -> the next question waits as long: half of the server is left to others
 *
 * Only the place is sent, not the picture: the server has that already.
 */

const data = JSON.parse(document.getElementById("script-data").textContent);
const form = document.getElementById("cover");
const stage = document.getElementById("stage");
const square = document.getElementById("square");
const heat = document.getElementById("heat");
const trouble = document.getElementById("trouble");
const known = document.getElementById("known");
const { width, height } = stage.viewBox.baseVal;
const PAUSE_MS = 1000 / data.mostPerS;
const SETTLED_MS = 700;

let isAsking = false;
let isWaiting = false;
let settled = 0;

/* The square */

function draw() {
  const half = Number(form.size.value) * Math.min(width, height) / 2;
  const [x, y] = [Number(form.x.value) * width, Number(form.y.value) * height];
  const [left, top] = [Math.max(0, x - half), Math.max(0, y - half)];
  square.setAttribute("x", left);
  square.setAttribute("y", top);
  square.setAttribute("width", Math.max(0, Math.min(width, x + half) - left));
  square.setAttribute("height", Math.max(0, Math.min(height, y + half) - top));
}

function moved() {
  draw();
  ask();
}

function follow(event) {
  const box = stage.getScreenCTM().inverse();
  const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(box);
  form.x.value = Math.min(1, Math.max(0, place.x / width));
  form.y.value = Math.min(1, Math.max(0, place.y / height));
  moved();
}

/* Asking */

async function ask() {
  if (isAsking) {
    isWaiting = true;
    return;
  }
  isAsking = true;
  isWaiting = false;
  const pauseMs = await askOnce();
  setTimeout(() => {
    isAsking = false;
    if (isWaiting) ask();
  }, pauseMs);
}

/** Asks about the place where the square is now; resolves to how long to wait before the next question. */
async function askOnce() {
  const place = new URLSearchParams({ x: form.x.value, y: form.y.value, size: form.size.value });
  const began = performance.now();
  try {
    const response = await fetch(`${data.url}?${place}`, { headers: { Accept: "application/json" } });
    if (!response.ok) {
      say(await whyNot(response));
      isWaiting = isBusy(response);
      return 1000 * Math.min(10, Number(response.headers.get("Retry-After")) || 2);
    }
    const body = await response.json();
    say("");
    show(body);
  } catch {
    say(data.unreachable);
  }
  const tookMs = performance.now() - began;
  return Math.max(PAUSE_MS - tookMs, Math.min(tookMs, PAUSE_MS * 8)); // Where the server is slow, others wait, too.
}

const isBusy = ({ status }) => status === 503 || status === 429;

async function whyNot(response) {
  if (isBusy(response)) return data.busy;
  const body = await response.json().catch(() => ({})); // A proxy's page.
  return body.sentence ?? data.failed;
}

function say(sentence) {
  trouble.hidden = !sentence;
  trouble.textContent = sentence;
}

function show(answer) {
  const said = [];
  for (const bar of document.querySelectorAll("#bars > .look-bar")) {
    const score = answer.scores[bar.dataset.label];
    bar.querySelector(".fill").setAttribute("width", score);
    bar.querySelector(".look-bar-score").textContent = percent(score);
    said.push(`${bar.querySelector(".look-bar-name").textContent} ${percent(score)}`);
  }
  const likeness = document.querySelector("#likeness .fill");
  if (likeness && answer.likeness !== null) {
    likeness.setAttribute("width", answer.likeness);
    document.querySelector("#likeness .look-bar-score").textContent = percent(answer.likeness);
  }
  known.textContent = answer.known ? data.known : data.unknown;
  known.classList.toggle("look-known-not", !answer.known);
  clearTimeout(settled); // Who listens hears where it came to rest, not every step.
  settled = setTimeout(() => { document.getElementById("announcer").textContent = `${known.textContent} ${said.join(", ")}`; }, SETTLED_MS);
}

/** As the server writes scores: no answer is certain. */
function percent(score) {
  if (score < 0.001) return "<0.1%";
  if (score > 0.999) return ">99.9%";
  return `${(100 * score).toFixed(1)}%`;
}

/* The map */

async function map(event) {
  event.preventDefault();
  const button = document.getElementById("ask-map");
  button.disabled = true;
  say("");
  const before = known.textContent;
  known.textContent = data.mapping;
  try {
    const response = await fetch(`${button.dataset.address}?size=${form.size.value}`, { headers: { Accept: "image/png, application/json" } });
    if (response.ok) {
      heat.setAttribute("href", URL.createObjectURL(await response.blob()));
      lay(true);
    } else say(await whyNot(response));
  } catch {
    say(data.unreachable);
  }
  button.disabled = false;
  if (known.textContent === data.mapping) known.textContent = before; // Else the square was moved meanwhile.
}

function lay(isOn) {
  heat.setAttribute("visibility", isOn ? "visible" : "hidden");
  square.setAttribute("visibility", isOn ? "hidden" : "visible");
  stage.classList.toggle("stage-heated", isOn);
  document.getElementById("hide-map").hidden = !isOn;
}

document.documentElement.classList.add("js");
for (const slider of [form.x, form.y, form.size]) slider.addEventListener("input", () => { lay(false); moved(); });
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  lay(false);
  follow(event);
});
stage.addEventListener("pointermove", (event) => { if (stage.hasPointerCapture(event.pointerId)) follow(event); });
document.getElementById("ask-map").addEventListener("click", map);
document.getElementById("hide-map").addEventListener("click", () => lay(false));
form.addEventListener("submit", (event) => event.preventDefault());
if (heat.hasAttribute("href")) lay(true);
