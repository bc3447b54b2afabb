"""Says whether a picture is blurred, from how much of its contrast lies in its finest details.

grey, short side at most 256 -> tiles of 8 x 8 with some contrast -> energy of the Laplacian / variance, in each
                             -> the fourth sharpest: a photograph is allowed a blurred background
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

MEASURED_SHORT_SIDE_PX = 256
"""Larger pictures are scaled down to this before they are measured: what is sharp depends on the scale."""

# The ratio does not change with contrast, so a faint drawing is as sharp as a photograph. Measured at this scale:
# the least of 300 photographs of animals is at 1.7 (as JPEGs of quality 10 at 2.2, with a short side of 80 pixels at
# 1.7), of 200 drawings of plain shapes, half of them faint, at 0.48, of 40 softly drawn animals at 0.24; of 3,500
# photographs, none was below 0.22. Blurred with a radius of 3 pixels, all 300 are, with 2 half of them, with 1.5 six;
# of 80 with 640 x 480 pixels, blurred with a radius of 5 or 8, all, whether they have noise or not. A hand that moved
# along one edge leaves it sharp, and is not seen. Few false alarms were preferred: whoever has looked at ten for
# nothing looks at no eleventh.
_BLURRED = 0.22
_TILE_PX = 8
_SHARPEST = 4
_LEAST_CONTRAST = 9.0  # Standard deviation, out of 255: below it, most of what a tile holds may be noise.
_LEAST_SHORT_SIDE_PX = 64


def is_blurred(picture: Image.Image) -> bool:
    """Whether no part of a picture is sharp; of one that is flat, or too small to say, False."""
    found = sharpness(picture)
    return found is not None and found < _BLURRED


def sharpness(picture: Image.Image) -> float | None:
    """The share of fine details in the sharpest parts of a picture, about 0.1 to 20.

    Args:
        picture: of any mode; larger ones are scaled down.

    Returns:
        The share; None where the picture is too small, or too flat, to say.
    """
    pixels = np.asarray(_measured_size(picture.convert("L")), np.float32)
    if min(pixels.shape) < _LEAST_SHORT_SIDE_PX:
        return None
    centre = pixels[1:-1, 1:-1]
    laplacian = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:] - 4 * centre
    variance = _tiles(centre).var(axis=1)
    has_contrast = variance > _LEAST_CONTRAST**2
    if has_contrast.sum() < _SHARPEST:
        return None
    energy = (_tiles(laplacian)[has_contrast] ** 2).mean(axis=1)
    return float(np.partition(energy / variance[has_contrast], -_SHARPEST)[-_SHARPEST])


def _tiles(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    height, width = (side // _TILE_PX for side in pixels.shape)
    whole = pixels[: height * _TILE_PX, : width * _TILE_PX].reshape(height, _TILE_PX, width, _TILE_PX)
    return whole.swapaxes(1, 2).reshape(-1, _TILE_PX**2)  # (tiles, pixels)


def _measured_size(grey: Image.Image) -> Image.Image:
    scale = MEASURED_SHORT_SIDE_PX / min(grey.size)
    if scale >= 1:  # Enlarging it would only make it look blurred.
        return grey
    size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
    return grey.resize(size, Image.Resampling.BILINEAR)
