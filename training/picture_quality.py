"""Measures whether a picture shows anything: its light, its contrast, its sharpness.

The limits were set on 3,876 photographs of animals that people took and kept; each is beside its share of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

MEASURED_SHORT_SIDE_PX = 256
"""Larger pictures are scaled down to this before they are measured: what is sharp depends on the scale."""

# The brightest hundredth of a picture is darker than this, the darkest hundredth brighter, out of 255.
_DARK = 70
_BRIGHT = 185
_FLAT = 12  # Standard deviation of the brightness.
# Variance of the Laplacian in the four sharpest of 64 tiles: a photograph is allowed a blurred background.
# Every one of 250 photographs blurred with a radius of 2 pixels was below it.
_BLURRED = 100
_TILES = 8
_SHARPEST = 4
_MIN_SHARPNESS_SHORT_SIDE_PX = 64

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Quality:
    """How bright, how rich in contrast and how sharp a picture is, at `MEASURED_SHORT_SIDE_PX`."""

    darkest: float
    """Brightness that one pixel in a hundred stays below, 0 to 255."""
    brightest: float
    """Brightness that one pixel in a hundred exceeds, 0 to 255."""
    contrast: float
    """Standard deviation of the brightness."""
    sharpness: float | None
    """Variance of the Laplacian in the sharpest parts; None where the picture is too small to say."""

    @property
    def is_dark(self) -> bool:
        """Whether even its brightest parts are dark."""
        return self.brightest < _DARK

    @property
    def is_bright(self) -> bool:
        """Whether even its darkest parts are bright."""
        return self.darkest > _BRIGHT

    @property
    def is_flat(self) -> bool:
        """Whether it is nearly of one brightness."""
        return self.contrast < _FLAT

    @property
    def is_blurred(self) -> bool:
        """Whether no part of it is sharp."""
        return self.sharpness is not None and self.sharpness < _BLURRED


def measure(grey: Image.Image) -> Quality:
    """Measures a grey picture whose short side is at most `MEASURED_SHORT_SIDE_PX`."""
    pixels = np.asarray(grey)
    histogram = np.bincount(pixels.ravel(), minlength=256)
    darkest, brightest = np.searchsorted(np.cumsum(histogram), np.array([0.01, 0.99]) * pixels.size)
    sharpness = _sharpness(pixels) if min(pixels.shape) >= _MIN_SHARPNESS_SHORT_SIDE_PX else None
    return Quality(float(darkest), float(brightest), float(pixels.std()), sharpness)


def _sharpness(pixels: Grey) -> float:
    grey = pixels.astype(np.float32)
    centre = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre
    height, width = (side // _TILES for side in laplacian.shape)
    tiles = laplacian[: height * _TILES, : width * _TILES].reshape(_TILES, height, _TILES, width)
    variances = tiles.var(axis=(1, 3)).ravel()
    return float(np.partition(variances, -_SHARPEST)[-_SHARPEST])
