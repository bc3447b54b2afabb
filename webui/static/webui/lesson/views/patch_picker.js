/* A frame over a picture; what is in it becomes a small grey picture. By sliders, or a tap on the picture. */

import { patch } from "../arithmetic/patch.js";
import { element } from "./page.js";

const SIDE = 224;

/** onPatch(map) is called whenever the frame or the picture changes. */
export function patchPicker(side, onPatch) {
  const canvas = element("patch-picture");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const [across, down, size] = ["patch-across", "patch-down", "patch-size"].map(element);
  let picture = null;

  function draw() {
    if (!picture) return;
    const part = Number(size.value);
    const [left, top] = [across, down].map((slider) => Math.round(((SIDE - part) * slider.value) / 100));
    context.drawImage(picture, 0, 0, SIDE, SIDE);
    const found = patch(context.getImageData(0, 0, SIDE, SIDE), { left, top, size: part, side });
    frame(left, top, part);
    onPatch(found);
  }

  /** A light line inside a dark one, so that it is seen on every picture. */
  function frame(left, top, part) {
    for (const [width, colour] of [[5, "#141a17"], [2, "#fffdf8"]]) {
      Object.assign(context, { lineWidth: width, strokeStyle: colour });
      context.strokeRect(left + 1, top + 1, part - 2, part - 2);
    }
  }

  function jump(event) {
    const part = Number(size.value);
    const box = canvas.getBoundingClientRect();
    const share = (offset, length) => Math.min(1, Math.max(0, ((offset / length) * SIDE - part / 2) / (SIDE - part)));
    across.value = 100 * share(event.clientX - box.left, box.width);
    down.value = 100 * share(event.clientY - box.top, box.height);
    draw();
  }

  [across, down, size].forEach((control) => control.addEventListener("input", draw));
  canvas.addEventListener("pointerdown", jump);
  return {
    draw,
    use(image) {
      picture = image;
      draw();
    },
  };
}
