"""Drawn scenes with enough in them to be told apart, as photographs are."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Coloured shapes on a mottled ground; another seed gives another one."""
    random = np.random.default_rng(seed)
    ground = Image.fromarray(random.integers(40, 215, (6, 8, 3), np.uint8), "RGB").resize(
        size, Image.Resampling.BICUBIC
    )
    pen = ImageDraw.Draw(ground)
    for _ in range(25):
        left, top = random.integers(0, size[0]), random.integers(0, size[1])
        width, height = random.integers(8, 70, 2)
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        draw = pen.ellipse if random.random() < 0.5 else pen.rectangle
        draw((left, top, left + width, top + height), fill=colour)
    grain = random.normal(0, 6, (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(ground) + grain, 0, 255).astype(np.uint8), "RGB")


def encoded(picture: Image.Image, image_format: str = "JPEG", **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, image_format, **options)
    return buffer.getvalue()


def draw_scenes(root: Path, *, classes: tuple[str, ...] = ("barn", "mill"), each: int = 4, first_seed: int = 0) -> Path:
    """Class folders of JPEG scenes, `00.jpg` and so on, no two of them alike."""
    for place, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for number in range(each):
            seed = first_seed + place * each + number
            (root / name / f"{number:02}.jpg").write_bytes(encoded(scene(seed), quality=92))
    return root
