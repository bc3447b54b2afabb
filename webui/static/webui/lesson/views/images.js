/* Maps and kernels as pictures on canvases. */

const WARM = [190, 70, 35];
const COOL = [47, 107, 87];
const MIDDLE = [250, 248, 242];

/** Of what is above 0 green, below red, white at 0; `most` has the full colour. */
export function drawSigned(canvas, map, most) {
  draw(canvas, map.width, map.height, (place) => {
    const share = Math.min(1, Math.abs(map.data[place]) / most);
    const colour = map.data[place] < 0 ? WARM : COOL;
    return MIDDLE.map((value, channel) => value + (colour[channel] - value) * share);
  });
}

/** The kernel of one filter in the colours that it likes: grey is 0. Rows of columns of channels. */
export function drawKernel(canvas, kernel, channelOrder) {
  const flat = kernel.flat();
  const most = Math.max(...flat.flat().map(Math.abs)) || 1;
  draw(canvas, kernel[0].length, kernel.length, (place) => {
    const levels = flat[place].map((weight) => 127.5 + (127.5 * weight) / most);
    if (levels.length === 1) return [levels[0], levels[0], levels[0]];
    return channelOrder === "bgr" ? levels.reverse() : levels;
  });
}

function draw(canvas, width, height, colourOf) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let place = 0; place < width * height; place += 1) {
    pixels.data.set([...colourOf(place).map(Math.round), 255], 4 * place);
  }
  context.putImageData(pixels, 0, 0);
}
