"""Sharpness: what is blurred, and what only has few details."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFilter

from recognizer.images.sharpness import is_blurred, sharpness
from tests.recognizer.images.test_near_copies import drawing


def plain(paper: str, ink: str, side: int) -> Image.Image:
    picture = Image.new("RGB", (side, side), paper)
    ImageDraw.Draw(picture).ellipse((side // 4, side // 4, side // 2, side // 2), fill=ink)
    return picture


SHARP: dict[str, Callable[[], Image.Image]] = {
    "a drawing": lambda: drawing(1),
    "a plain one": lambda: plain("white", "black", 500),
    "a faint one": lambda: plain("#eeeeee", "#cccccc", 500),
    "a small one": lambda: plain("white", "red", 70),
    "a tiny one": lambda: plain("white", "red", 40),
    "of one colour": lambda: Image.new("RGB", (400, 300), "red"),
}


@pytest.mark.parametrize("make", SHARP.values(), ids=SHARP)
def test_what_is_sharp_or_says_nothing_is_not_blurred(make: Callable[[], Image.Image]) -> None:
    assert not is_blurred(make())


def test_one_sharp_part_is_enough() -> None:
    picture = drawing(2, (600, 450)).filter(ImageFilter.GaussianBlur(12))
    picture.paste(drawing(3, (150, 110)), (200, 150))

    assert not is_blurred(picture)


def test_what_is_blurred_all_over_is_said_at_any_size_and_contrast() -> None:
    for side in (128, 256, 1000):
        for ink in ("black", "#bbbbbb"):
            picture = plain("white", ink, side).filter(ImageFilter.GaussianBlur(side / 60))
            assert is_blurred(picture), (side, ink)
    assert is_blurred(drawing(4, (1024, 768)).filter(ImageFilter.GaussianBlur(12)))


def test_contrast_does_not_make_it_sharper() -> None:
    strong, faint = sharpness(plain("#000000", "#ffffff", 256)), sharpness(plain("#808080", "#c0c0c0", 256))

    assert strong == pytest.approx(faint, rel=0.2)


def test_an_extremely_long_picture_is_measured() -> None:
    assert not is_blurred(drawing(1, (9000, 70)))
