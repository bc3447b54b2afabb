/* The camera: started, looked through, stopped. What it shows stays in this browser but for the frames that are asked. */

const QUALITY = 0.85;
const LEAST_SIDE = 320;

const canvas = document.createElement("canvas");

/** Whether the browser gives cameras to this page at all; it does over HTTPS, and on the machine itself. */
export function isAllowed() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

/** How often a camera was started or stopped: what has been asked for before is not wanted any more. */
let changes = 0;

/** Resolves to a started stream, shown in `video`, in place of the one before; to null where nobody wants it any more,
 * for it was stopped, started anew, or the page was left meanwhile. Rejects with the browser's own DOMException.
 *
 * facing: "user" or "environment". onEnd: called where the camera is taken away.
 */
export async function start(video, facing, onEnd) {
  stop(video);
  const mine = changes;
  const isWanted = () => mine === changes && !document.hidden;
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: facing }, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  let fault = null;
  if (isWanted()) {
    stream.getVideoTracks()[0].addEventListener("ended", onEnd);
    video.srcObject = stream;
    fault = await video.play().then(() => null, (error) => error);
  }
  if (isWanted() && !fault) return stream;
  end(stream, video);
  if (isWanted()) throw fault;
  return null;
}

export function stop(video) {
  changes += 1;
  if (video.srcObject) end(video.srcObject, video);
}

function end(stream, video) {
  for (const track of stream.getTracks()) track.stop();
  if (video.srcObject === stream) video.srcObject = null;
}

/** Whether the camera looks at whoever holds the screen; where it does not say so, as webcams do not, it does. */
export function looksAtUser(stream) {
  return stream.getVideoTracks()[0].getSettings().facingMode !== "environment";
}

export async function areSeveral() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput").length > 1;
}

/** Resolves to what the camera sees now, a JPEG of at least `shortSide` pixels where it has them; null before it sees. */
export function frame(video, shortSide) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width) return Promise.resolve(null);
  const scale = Math.min(1, Math.max(LEAST_SIDE, shortSide) / Math.min(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
}
