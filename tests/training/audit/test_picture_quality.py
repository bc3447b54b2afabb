"""Light, contrast and sharpness of single pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from tests.training.drawings import scene
from training.audit.image_check import MEASURED_SHORT_SIDE_PX, Examined, Quality, examine, measure
from training.data.dataset import scan


def quality(picture: Image.Image) -> Quality:
    return measure(picture.convert("L"))


def test_a_good_picture_is_none_of_it() -> None:
    assert not is_flagged(quality(scene(1)))


def is_flagged(found: Quality) -> bool:
    return any((found.is_dark, found.is_bright, found.is_flat, found.is_blurred))


def test_a_picture_without_light_is_dark() -> None:
    assert quality(ImageEnhance.Brightness(scene(1)).enhance(0.15)).is_dark


def test_a_picture_with_one_lamp_in_the_night_is_not() -> None:
    night = Image.new("RGB", (256, 256), (4, 4, 8))
    night.paste((255, 240, 200), (100, 100, 150, 150))

    assert not quality(night).is_dark


def test_a_picture_washed_out_is_bright() -> None:
    assert quality(Image.blend(scene(1), Image.new("RGB", (320, 240), "white"), 0.9)).is_bright


def test_a_white_ground_alone_is_not() -> None:
    studio = Image.new("RGB", (256, 256), "white")
    studio.paste((120, 60, 20), (100, 100, 150, 150))

    assert not quality(studio).is_bright


def test_fog_is_flat() -> None:
    assert quality(ImageEnhance.Contrast(scene(1)).enhance(0.1)).is_flat


@pytest.mark.parametrize("radius_px", [2, 4])
def test_a_picture_out_of_focus_is_blurred(radius_px: int) -> None:
    assert quality(scene(1).filter(ImageFilter.GaussianBlur(radius_px))).is_blurred


def test_a_sharp_subject_before_a_blurred_ground_is_not() -> None:
    portrait = scene(1).filter(ImageFilter.GaussianBlur(5))
    portrait.paste(scene(1).crop((100, 60, 220, 180)), (100, 60))

    assert not quality(portrait).is_blurred


def test_a_picture_of_few_pixels_is_not_judged() -> None:
    assert quality(scene(1).resize((40, 30)).filter(ImageFilter.GaussianBlur(4))).sharpness is None


@pytest.mark.slow
def test_of_good_photographs_hardly_any_is_flagged(shared: Path) -> None:
    pictures = scan(shared / "data" / "animals" / "train").images[::4]

    found = [examine(image.read()) for image in pictures]

    flagged = [one for one in found if isinstance(one, Examined) and is_flagged(one.quality)]
    assert len(flagged) <= len(found) / 200
    assert MEASURED_SHORT_SIDE_PX == 256
