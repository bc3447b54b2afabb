/* The camera: started, looked through, stopped. What it shows stays in this browser but for the frames that are asked. */

const QUALITY = 0.85;
const LEAST_SIDE = 320;

const canvas = document.createElement("canvas");

/** Whether the browser gives cameras to this page at all; it does over HTTPS, and on the machine itself. */
export function isAllowed() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

/** Resolves to a started stream, shown in `video`; rejects with the browser's own DOMException.
 *
 * facing: "user" or "environment". onEnd: called where the camera is taken away.
 */
export async function start(video, facing, onEnd) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: facing }, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  stream.getVideoTracks()[0].addEventListener("ended", onEnd);
  video.srcObject = stream;
  await video.play();
  return stream;
}

export function stop(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
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
