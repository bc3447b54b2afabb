"""Draws the pictures that are asked about and trained on.

The three samples, cropped, turned round, and in other colours; and two mugs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

_SAMPLES = Path(__file__).resolve().parents[2] / "webui" / "static" / "webui" / "samples"
_MUGS = 40
"""Of each kind."""
_FULL = (0.0, 0.0, 1.0, 1.0)

# File name -> sample, shares of it that are kept (left, upper, right, lower), turn of the hue (0 to 255).
_VARIATIONS: dict[str, tuple[str, tuple[float, float, float, float], int]] = {
    "yard-01.jpg": ("hen", (0.0, 0.0, 0.8, 0.8), 0),
    "meadow.jpg": ("horse", (0.0, 0.0, 0.85, 0.85), 0),
    "breakfast.jpg": ("cup", (0.1, 0.2, 0.9, 1.0), 0),
    "teal-hen.jpg": ("hen", _FULL, 128),
    "horse-head.jpg": ("horse", (0.3, 0.2, 0.75, 0.65), 0),
    "coffee-2.jpg": ("cup", (0.3, 0.2, 0.75, 0.65), 20),
    "DSC_0412.jpg": ("horse", (0.3, 0.3, 1.0, 1.0), 0),
    "lime.jpg": ("hen", _FULL, 60),
    "tail.jpg": ("horse", _FULL, 60),
    "yard-02.jpg": ("hen", (0.3, 0.3, 1.0, 1.0), 20),
    "pasture.jpg": ("horse", _FULL, 200),
    "desk.jpg": ("cup", _FULL, 128),
    "comb.jpg": ("hen", (0.3, 0.2, 0.75, 0.65), 0),
    "hill.jpg": ("horse", (0.15, 0.15, 0.85, 0.85), 20),
}


def samples() -> Iterator[tuple[str, bytes]]:
    """File name and content of the drawings that the first page offers."""
    for name in ("hen", "horse", "cup"):
        yield f"{name}.jpg", (_SAMPLES / f"{name}.jpg").read_bytes()


def variations() -> Iterator[tuple[str, bytes]]:
    """File name and content of others made from them; every second one is mirrored."""
    for index, (name, (sample, box, hue)) in enumerate(_VARIATIONS.items()):
        picture = _cropped(Image.open(_SAMPLES / f"{sample}.jpg"), box)
        picture = ImageOps.mirror(picture) if index % 2 else picture
        yield name, _jpeg(ImageEnhance.Brightness(_turned(picture, hue)).enhance(0.97))


def mugs() -> Iterator[tuple[str, bytes]]:
    """Kind and content of drawings of two mugs, each time elsewhere, turned, and before another colour."""
    rng = np.random.default_rng(1)
    for number in range(2 * _MUGS):
        kind = ("dotted mug", "striped mug")[number % 2]
        paper = tuple(int(shade) for shade in rng.integers(140, 235, 3))
        picture = Image.new("RGB", (480, 360), paper)
        left, top = (int(place) for place in rng.integers((80, 70), (200, 140)))
        _draw_mug(ImageDraw.Draw(picture), left, top, kind)
        turned = picture.rotate(float(rng.uniform(-15, 15)), Image.Resampling.BICUBIC, fillcolor=paper)
        yield kind, _jpeg(turned.filter(ImageFilter.GaussianBlur(1)))


def _draw_mug(pen: ImageDraw.ImageDraw, left: int, top: int, kind: str) -> None:
    right, bottom = left + 150, top + 170
    glaze, pattern = ((178, 74, 52), (246, 234, 214)) if kind == "dotted mug" else ((47, 92, 122), (236, 236, 226))
    pen.ellipse((right - 30, top + 35, right + 55, bottom - 35), outline=glaze, width=17)
    pen.rounded_rectangle((left, top, right, bottom), 18, fill=glaze)
    for at in range(3):
        if kind == "dotted mug":
            pen.ellipse((left + 18 + 42 * at, top + 60, left + 46 + 42 * at, top + 88), fill=pattern)
        else:
            pen.rectangle((left, top + 38 + 38 * at, right, top + 52 + 38 * at), fill=pattern)


def _cropped(picture: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    left, upper, right, lower = box
    width, height = picture.size
    return picture.crop((round(left * width), round(upper * height), round(right * width), round(lower * height)))


def _turned(picture: Image.Image, hue: int) -> Image.Image:
    """The same in other colours."""
    angle, saturation, value = picture.convert("HSV").split()
    angle = angle.point([(level + hue) % 256 for level in range(256)])
    return Image.merge("HSV", (angle, saturation, value)).convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
