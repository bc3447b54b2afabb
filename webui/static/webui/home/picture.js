/* The picture of an item, wherever it is shown. */

import { element } from "./messages.js";

const noPicture = element("result-card-template").content.querySelector(".result-card-image").dataset.noPicture;

/** Shows an item in an image. Where the browser cannot draw it, as few can a TIFF or a HEIC, a sign stands for it. */
export function show(image, { url, found }) {
  const wanted = found?.prediction.thumbnail ?? url;
  if (image.dataset.wanted === wanted) return;
  image.dataset.wanted = wanted;
  image.onerror = () => {
    image.onerror = null;
    image.src = noPicture;
  };
  image.src = wanted;
}

/** Resolves to whether the browser can draw the picture at an address. */
export function canDraw(url) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
    image.src = url;
  });
}

/** Resolves to whether a file moves: a GIF of several frames, an animated WebP or PNG; never rejects. */
export async function isAnimated(file) {
  if (!/^image\/(gif|webp|a?png)$/.test(file.type)) return false;
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (file.type === "image/gif") return framesOf(bytes) > 1;
    return holds(bytes.subarray(0, 8192), file.type === "image/webp" ? "ANIM" : "acTL");
  } catch {
    return false;
  }
}

/** How many frames a GIF has, 2 for more: each has a graphic control extension, 21 F9 04, which ends with a zero. */
function framesOf(bytes) {
  let frames = 0;
  for (let i = 0; frames < 2; i += 1) {
    i = bytes.indexOf(0x21, i);
    if (i < 0) break;
    if (bytes[i + 1] === 0xf9 && bytes[i + 2] === 4 && bytes[i + 7] === 0) frames += 1;
  }
  return frames;
}

function holds(bytes, text) {
  return String.fromCharCode(...bytes).includes(text);
}
