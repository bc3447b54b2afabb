/* Makes large pictures smaller before they are sent: 200 kB instead of a phone's 8 MB.
 *
 *   file -> decoded, upright -> at most 1024 pixels a side, but never less than the model needs -> JPEG
 *
 * Small files, and those that the browser cannot decode or would make larger, are sent as they are.
 */

import { data } from "./messages.js";

const LONGEST_SIDE = 1024;
const QUALITY = 0.92;

/** Resolves to what should be sent of a file: a smaller copy, or the file itself; never rejects. */
export async function smallerCopy(file) {
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = scaleOf(picture);
    const copy = scale < 1 ? await encoded(picture, scale) : null;
    return copy && copy.size < file.size ? copy : file;
  } catch {
    return file; // No picture, or one that only the server can read.
  } finally {
    picture?.close();
  }
}

function scaleOf({ width, height }) {
  const least = data.leastShortSide ?? LONGEST_SIDE;
  return Math.max(LONGEST_SIDE / Math.max(width, height), least / Math.min(width, height));
}

function encoded(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // What the server lays behind transparent pictures.
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
}
