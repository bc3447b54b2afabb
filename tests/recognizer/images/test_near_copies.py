"""Near copies: pictures that are the same but for size, compression and brightness."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from recognizer.images.near_copies import fingerprint, hopeful, is_near_copy


def drawing(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Shapes in many colours, unlike those of another seed."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (320, 240), tuple(rng.integers(0, 255, 3).tolist()))
    pen = ImageDraw.Draw(picture)
    for _ in range(25):
        x, y, side = (int(rng.integers(*span)) for span in ((0, 300), (0, 220), (20, 100)))
        pen.ellipse((x, y, x + side, y + side), fill=tuple(rng.integers(0, 255, 3).tolist()))
    return picture.resize(size, Image.Resampling.LANCZOS)


def saved_badly(picture: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=30)
    return Image.open(buffer)


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "smaller": lambda picture: picture.resize((80, 60)),
    "saved badly": saved_badly,
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
    "squashed": lambda picture: picture.resize((224, 224)),
}


def are_copies(one: Image.Image, other: Image.Image) -> bool:
    marks = fingerprint(one), fingerprint(other)
    assert None not in marks
    return bool(len(hopeful(marks[0] or 0, np.array(marks[1:], np.int64)))) and is_near_copy(one, other)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_a_near_copy(change: Callable[[Image.Image], Image.Image]) -> None:
    for seed in range(20):
        assert are_copies(drawing(seed), change(drawing(seed))), seed


def test_other_pictures_are_none() -> None:
    pictures = [drawing(seed) for seed in range(30)]

    assert not any(are_copies(one, other) for one in pictures[:5] for other in pictures if one is not other)


def test_the_same_thing_in_another_colour_is_none() -> None:
    red = drawing(1)
    blue = Image.merge("RGB", red.split()[::-1])

    assert not is_near_copy(red, blue)


@pytest.mark.parametrize(
    "picture", [Image.new("RGB", (300, 300), "red"), drawing(1, (400, 40))], ids=["of one colour", "tiny"]
)
def test_what_holds_too_little_has_no_fingerprint(picture: Image.Image) -> None:
    assert fingerprint(picture) is None


def test_the_nearest_fingerprints_come_first() -> None:
    marks = np.array([-1, 0b111, 0, 0b1], np.int64)

    assert hopeful(0, marks).tolist() == [2, 3, 1]
