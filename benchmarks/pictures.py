"""Draws the pictures that are sent: the same ones everywhere, for no photograph is part of the project.

smooth noise at several octaves, as photographs have it (power falls with frequency), and fine grain -> JPEG
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

_QUALITY = 90
# Amplitude of each octave relative to the one that is twice as coarse. Chosen, with the grain, so that the
# files are as large as photographs of the size are: some 70 kB and 4 MB.
_FALL_OFF = 0.65
_GRAIN = 6.0
_OCTAVES = 7


@dataclass(frozen=True)
class Kind:
    """A size of picture that is measured."""

    name: str
    width: int
    height: int
    count: int
    """How many different ones are sent in turn."""


SMALL = Kind("500 x 375", 500, 375, 8)
"""What a web page shows."""
LARGE = Kind("12 megapixels", 4000, 3000, 2)
"""What a telephone takes."""


def jpegs(kind: Kind, folder: Path) -> list[bytes]:
    """The files of a kind; drawn once and kept in `folder`, for the large ones take seconds."""
    return [_kept(folder / f"{kind.width}x{kind.height}-{seed}.jpg", kind, seed) for seed in range(kind.count)]


def draw(width: int, height: int, seed: int) -> Image.Image:
    """A picture that only these three numbers determine."""
    noise = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 3), np.float32)
    amplitude, cells = 70.0, 3
    for _ in range(_OCTAVES):
        pixels += amplitude * _smooth_noise(noise, width, height, cells)
        amplitude, cells = amplitude * _FALL_OFF, cells * 2
    pixels += noise.normal(128, _GRAIN, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")


def encoded(picture: Image.Image) -> bytes:
    """The picture as JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _smooth_noise(noise: np.random.Generator, width: int, height: int, cells: int) -> np.ndarray:
    """Random numbers on a coarse grid, interpolated: (height, width, 3) float32, about -1 to 1."""
    grid = noise.uniform(-1, 1, (3, cells, cells)).astype(np.float32)
    channels = [Image.fromarray(channel).resize((width, height), Image.Resampling.BICUBIC) for channel in grid]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def _kept(path: Path, kind: Kind, seed: int) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(draw(kind.width, kind.height, seed)))
    return path.read_bytes()
