"use strict";

/**
 * Scales pictures as Pillow does, to the last bit: a model answers rightly for pixels like those it learned from, and a
 * browser's own scaling gives others. After Pillow's Resample.c: weights in fixed point, first one side, then the other.
 */
const PRECISION_BITS = 22;
const FILTERS = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function cubic(x) {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** For each of `size` new pixels, the first old one that it is made of and the weights of those from there on. */
function weightsOf(oldSize, start, end, size, filter) {
  const scale = (end - start) / size;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  return Array.from({ length: size }, (_, at) => {
    const center = start + (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(oldSize, Math.trunc(center + support + 0.5));
    const shares = [];
    for (let old = first; old < last; old++) shares.push(filter.weight((old - center + 0.5) / stretch));
    const sum = shares.reduce((total, share) => total + share, 0);
    return { first, weights: Int32Array.from(shares, (share) => fixed(sum ? share / sum : share)) };
  });
}

function fixed(share) {
  return Math.trunc(share * 2 ** PRECISION_BITS + (share < 0 ? -0.5 : 0.5));
}

/** RGB pixels whose rows, or columns, are made anew; RGBA is read as well. */
function resampled({ data, width, height, channels }, weights, isVertical) {
  const [madeWidth, madeHeight] = isVertical ? [width, weights.length] : [weights.length, height];
  // Of an array that holds a number in 0 to 255 instead of its last eight bits.
  const made = new Uint8ClampedArray(madeWidth * madeHeight * 3);
  const step = isVertical ? width * channels : channels;
  let to = 0;
  for (let row = 0; row < madeHeight; row++) {
    for (let column = 0; column < madeWidth; column++) {
      const pixel = weights[isVertical ? row : column];
      const start = isVertical ? pixel.first * step + column * channels : row * width * channels + pixel.first * step;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 1 << (PRECISION_BITS - 1);
        let from = start + channel;
        for (const weight of pixel.weights) {
          sum += data[from] * weight;
          from += step;
        }
        made[to++] = sum >> PRECISION_BITS;
      }
    }
  }
  return { data: made, width: madeWidth, height: madeHeight, channels: 3 };
}

/** RGBA pixels of a whole picture into the model's: Uint8 RGB, size x size. */
function prepare({ data, width, height }, model) {
  const size = model.input_size;
  const filter = FILTERS[model.interpolation];
  const side = Math.min(width, height);
  const [wide, high] = (model.fit === "stretch" ? [width, height] : [side, side]).map((all) => all * model.crop_fraction);
  const [left, top] = [(width - wide) / 2, (height - high) / 2];
  const columns = weightsOf(width, left, left + wide, size, filter);
  const rows = weightsOf(height, top, top + high, size, filter);
  const whole = { data, width, height, channels: 4 };
  // Pillow begins with the height where much more of it goes than of the width.
  const isTall = height > size && height - size > 2 * (width - size);
  const made = isTall
    ? resampled(resampled(whole, rows, true), columns, false)
    : resampled(resampled(whole, columns, false), rows, true);
  return new Uint8Array(made.data.buffer);
}

/** A file's pixels, upright and in sRGB, transparency over white; null where it is no picture for this browser. */
async function pixelsOf(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
