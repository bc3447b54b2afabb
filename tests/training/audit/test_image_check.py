"""One picture file: what it is, or why nothing can be made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from recognizer.errors import ImageTooLarge
from tests.training.drawings import encoded, scene
from training.audit.image_check import MEASURED_SHORT_SIDE_PX, ImageCheck, Quality, UnusableImage, check_image, measure
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

    found = [check_image(image.read()) for image in pictures]

    flagged = [one for one in found if isinstance(one, ImageCheck) and is_flagged(one.quality)]
    assert len(flagged) <= len(found) / 200
    assert MEASURED_SHORT_SIDE_PX == 256


def facts(data: bytes) -> Any:
    found = check_image(data)
    assert isinstance(found, ImageCheck)
    return found.facts


def test_the_facts_of_a_plain_photograph() -> None:
    data = encoded(scene(1))

    found = facts(data)

    assert (found.width, found.height, found.bytes) == (320, 240, len(data))
    assert (found.format, found.mode, found.orientation) == ("JPEG", "RGB", 1)


@pytest.mark.parametrize("quality", [20, 30, 50, 75, 95])
def test_the_quality_of_a_jpeg_is_that_which_it_was_saved_with(quality: int) -> None:
    assert facts(encoded(scene(1), quality=quality)).jpeg_quality == pytest.approx(quality, abs=2)


def test_other_formats_have_no_quality() -> None:
    assert facts(encoded(scene(1), "PNG")).jpeg_quality is None


@pytest.mark.parametrize(
    ("picture", "grey"),
    [(scene(1), False), (scene(1).convert("L"), True), (scene(1).convert("L").convert("RGB"), True)],
)
def test_a_picture_without_colours_is_grey_however_it_is_stored(picture: Image.Image, grey: bool) -> None:
    found = check_image(encoded(picture))

    assert isinstance(found, ImageCheck)
    assert found.quality.is_grey is grey


def test_width_and_height_are_those_of_the_upright_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    found = facts(encoded(scene(1), exif=exif))

    assert (found.width, found.height, found.orientation) == (240, 320, 6)


@pytest.mark.parametrize(
    ("picture", "image_format", "mode"),
    [
        (scene(1).convert("CMYK"), "JPEG", "CMYK"),
        (scene(1).convert("L"), "JPEG", "L"),
        (scene(1).quantize(), "PNG", "P"),
        (scene(1).convert("RGBA"), "PNG", "RGBA"),
        (Image.fromarray(np.full((60, 60), 40_000, np.uint16)), "PNG", "16 bit"),
        (scene(1).convert("1"), "PNG", "1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_how_colours_are_stored(picture: Image.Image, image_format: str, mode: str) -> None:
    assert facts(encoded(picture, image_format)).mode == mode


@pytest.mark.parametrize(
    ("image_format", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("GIF", {}), ("BMP", {})],
)
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_ends_early_is_cut_off(image_format: str, options: dict[str, Any], share: float) -> None:
    data = encoded(scene(1), image_format, **options)

    found = check_image(data[: int(share * len(data))])

    assert isinstance(found, UnusableImage)
    assert found.is_cut_off


def test_what_is_kept_of_a_broken_picture_does_not_hold_its_bytes() -> None:
    data = encoded(scene(1), "PNG")
    found = check_image(data[: len(data) // 2])

    assert isinstance(found, UnusableImage)
    assert (found.error.__traceback__, found.error.__cause__, found.error.__context__) == (None, None, None)


def test_a_jpeg_whose_rest_was_filled_up_with_grey_is_cut_off() -> None:
    data = encoded(scene(1))

    found = check_image(data[: len(data) // 2] + b"\xff\xd9")

    assert isinstance(found, UnusableImage)
    assert found.is_cut_off
    assert "of the picture are missing" in str(found.error)


def cut_off(data: bytes, share: float = 0.5) -> bytes:
    """The file without its end, but with the marker that says it ends there."""
    return data[: int(share * len(data))] + b"\xff\xd9"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_found_to_be_cut_off_whichever_way_it_is_turned(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation

    found = check_image(cut_off(encoded(scene(1), exif=exif)))

    assert isinstance(found, UnusableImage)
    assert found.is_cut_off


@pytest.mark.parametrize(
    ("picture", "options", "share"),
    [
        (scene(1), {"restart_marker_rows": 1}, 0.5),
        (scene(1), {"restart_marker_blocks": 3}, 0.5),
        (scene(1), {"optimize": True}, 0.5),
        (scene(1), {"subsampling": 0}, 0.8),
        (scene(1).convert("L"), {}, 0.5),
    ],
)
def test_a_jpeg_is_found_to_be_cut_off_however_it_is_stored(
    picture: Image.Image, options: dict[str, Any], share: float
) -> None:
    found = check_image(cut_off(encoded(picture, **options), share))

    assert isinstance(found, UnusableImage)
    assert found.is_cut_off


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"optimize": True}, {"restart_marker_rows": 1}, {"quality": 95}]
)
def test_a_whole_jpeg_on_a_grey_ground_is_not(options: dict[str, Any], orientation: int) -> None:
    studio = Image.new("RGB", (640, 480), (128, 128, 128))
    studio.paste((200, 40, 40), (200, 100, 440, 340))
    exif = Image.Exif()
    exif[0x0112] = orientation

    assert isinstance(check_image(encoded(studio, exif=exif, **options)), ImageCheck)


def test_a_grey_picture_is_not() -> None:
    assert isinstance(check_image(encoded(Image.new("RGB", (100, 100), (128, 128, 128)))), ImageCheck)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff" + bytes(100)], ids=["empty", "text", "zeros"])
def test_what_is_no_picture_is_not_cut_off(data: bytes) -> None:
    found = check_image(data)

    assert isinstance(found, UnusableImage)
    assert not found.is_cut_off


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    found = check_image(encoded(Image.new("1", (20_000, 20_000)), "PNG"))

    assert isinstance(found, UnusableImage)
    assert isinstance(found.error, ImageTooLarge)
