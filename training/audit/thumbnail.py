"""Reduces a picture to the few pixels that near duplicates are found by, and cuts windows out of them.

A window of a thumbnail, averaged down to n x n, is a product of three matrices: `rows @ luma @ columns.T`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 64
"""Side of a thumbnail, in pixels. All pictures become square: their proportions say nothing of their content."""
_CHROMA_SIDE = 8
# Below this a copy cannot be told from another picture of the same kind: of 8,000 handwritten digits of 28 pixels,
# 50,000 pairs look alike.
_MIN_SHORT_SIDE_PX = 48
_MIN_CONTRAST = 4  # Standard deviation; what is left of a flat picture is noise.

Floats = npt.NDArray[np.float32]
Window = tuple[float, float]
"""Where a window starts and ends along one side of a picture, as shares of that side."""
WHOLE: Window = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A picture reduced to what it is compared with others by: 4.2 kB."""

    luma: npt.NDArray[np.uint8]
    """Brightness, (SIDE, SIDE)."""
    chroma: npt.NDArray[np.uint8]
    """Blue and red difference, (8, 8, 2); 128 is grey."""

    def mirrored(self) -> Thumbnail:
        """The thumbnail with left and right exchanged."""
        return Thumbnail(self.luma[:, ::-1], self.chroma[:, ::-1])


def make(rgb: Image.Image, grey: Image.Image) -> Thumbnail | None:
    """The thumbnail of a picture, given in colour and in grey; None where it holds too little to be recognised by."""
    if min(rgb.size) < _MIN_SHORT_SIDE_PX:
        return None
    luma = np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2))
    if luma.std() < _MIN_CONTRAST:
        return None
    colours = rgb.resize((_CHROMA_SIDE, _CHROMA_SIDE), Image.Resampling.BOX, reducing_gap=2).convert("YCbCr")
    return Thumbnail(luma, np.asarray(colours)[:, :, 1:])


def averaging(windows: Sequence[Window], n: int) -> Floats:
    """Matrices (len(windows), n, SIDE); each averages the pixels of a window along one side into n equal parts."""
    starts, ends = np.array(windows).T[:, :, None, None] * SIDE  # (len(windows), 1, 1) each
    edges = starts + (ends - starts) * np.linspace(0, 1, n + 1)[:, None]
    pixels = np.arange(SIDE)
    shares = np.minimum(edges[:, 1:], pixels + 1) - np.maximum(edges[:, :-1], pixels)
    shares = np.clip(shares, 0, None)
    return np.asarray(shares / shares.sum(axis=2, keepdims=True), np.float32)
