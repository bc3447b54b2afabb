"""Films of two drawn mugs, as a camera would see them: turned, moved, tilted, nearer and farther, in changing light.

kind, Pose -> frame;  a film for Chromium's fake camera is its frames, one JPEG after the other
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

KINDS = ("dotted mug", "striped mug")
"""What the two are called."""

_SIZE = (640, 480)
_FRAMES = 300
"""Of a film: ten seconds, for Chromium plays thirty a second, and begins again."""
_GLAZES = {"dotted mug": ((178, 74, 52), (246, 234, 214)), "striped mug": ((47, 92, 122), (236, 236, 226))}
_WIDTH, _HEIGHT = 170, 190
_DOTS = 7


@dataclass(frozen=True)
class Pose:
    """How a mug is held."""

    turn: float
    """About its own axis, in radians."""
    x: float
    """Of its middle, in pixels of the frame, as `y` is."""
    y: float
    tilt: float
    """In degrees."""
    scale: float
    light: float
    """1 as drawn, less is darker."""


def write_film(kind: str, path: Path) -> None:
    """Writes ten seconds of a mug, as Chromium's `--use-file-for-fake-video-capture` takes them (.mjpeg)."""
    with path.open("wb") as file:
        for number in range(_FRAMES):
            file.write(jpeg(frame(kind, _on_its_way(number / _FRAMES))))


def held_out(kind: str, count: int) -> Iterator[bytes]:
    """JPEGs of a mug in poses that its film does not have."""
    rng = np.random.default_rng(KINDS.index(kind))
    for _ in range(count):
        turn, x, y, tilt, scale, light = rng.uniform((0, 210, 190, -14, 0.7, 0.75), (6.28, 430, 290, 14, 1.2, 1.15))
        yield jpeg(frame(kind, Pose(turn, x, y, tilt, scale, light)))


def frame(kind: str, pose: Pose) -> Image.Image:
    """A mug before a desk and a wall."""
    mug = _mug(kind, pose.turn).rotate(pose.tilt, Image.Resampling.BICUBIC)
    mug = mug.resize((round(mug.width * pose.scale), round(mug.height * pose.scale)), Image.Resampling.LANCZOS)
    seen = _desk()
    seen.paste(mug, (round(pose.x - mug.width / 2), round(pose.y - mug.height / 2)), mug)
    return ImageEnhance.Brightness(seen.filter(ImageFilter.GaussianBlur(0.8))).enhance(pose.light)


def jpeg(picture: Image.Image) -> bytes:
    """As a camera compresses it."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _on_its_way(share: float) -> Pose:
    """Where the mug is when this share of the film is over."""
    way = 2 * math.pi * share
    return Pose(
        turn=3 * way,
        x=320 + 110 * math.sin(2 * way),
        y=240 + 45 * math.sin(5 * way),
        tilt=13 * math.sin(3 * way + 1),
        scale=0.95 + 0.25 * math.sin(way),
        light=0.95 + 0.18 * math.sin(2 * way + 2),
    )


def _mug(kind: str, turn: float) -> Image.Image:
    """The mug alone, upright, before nothing."""
    glaze, pattern = _GLAZES[kind]
    picture = Image.new("RGBA", (2 * _WIDTH, 2 * _HEIGHT))
    pen, middle = ImageDraw.Draw(picture), _WIDTH
    left, right, top, bottom = middle - _WIDTH // 2, middle + _WIDTH // 2, _HEIGHT // 2, 3 * _HEIGHT // 2
    side = math.sin(turn) * (_WIDTH / 2 + 20)
    handle = (middle + side - 38, top + 45, middle + side + 38, bottom - 45)
    if math.cos(turn) < 0:
        pen.ellipse(handle, outline=glaze, width=20)
    pen.ellipse((left, bottom - 25, right, bottom + 15), fill=glaze)
    pen.rectangle((left, top, right, bottom - 5), fill=glaze)
    if kind == "dotted mug":
        _dots(pen, turn, pattern)
    else:
        for y in range(top + 35, bottom - 25, 38):
            pen.arc((left, y - 18, right, y + 18), 0, 180, fill=pattern, width=14)
    pen.ellipse((left, top - 20, right, top + 20), fill=tuple(shade // 2 for shade in glaze))
    if math.cos(turn) >= 0:
        pen.ellipse(handle, outline=tuple(round(0.85 * shade) for shade in glaze), width=20)
    return picture


def _dots(pen: ImageDraw.ImageDraw, turn: float, colour: tuple[int, int, int]) -> None:
    """Two rows around the mug, narrower towards its sides."""
    for number in range(2 * _DOTS):
        angle, row = turn + 2 * math.pi * number / _DOTS + number % 2, number // _DOTS
        if math.cos(angle) > 0:
            x, y = _WIDTH + _WIDTH / 2 * math.sin(angle), _HEIGHT // 2 + 65 + 65 * row
            pen.ellipse((x - 15 * math.cos(angle), y - 15, x + 15 * math.cos(angle), y + 15), fill=colour)


def _desk() -> Image.Image:
    """A wall with soft shadows, a desk, and the grain of a sensor; the same each time."""
    rng = np.random.default_rng(5)
    shades = rng.integers(165, 215, (3, 4, 1)) + np.array((8, 4, -8))
    wall = Image.fromarray(shades.astype(np.uint8)).resize(_SIZE, Image.Resampling.BICUBIC)
    ImageDraw.Draw(wall).rectangle((0, 330, *_SIZE), fill=(150, 116, 82))
    grain = rng.normal(0, 4, (_SIZE[1], _SIZE[0], 1))
    return Image.fromarray(np.clip(np.asarray(wall) + grain, 0, 255).astype(np.uint8))
