"""Pixels are sRGB in 8 bits, whatever a file stored."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from recognizer.images.decode import decode
from tests.recognizer.fakes import encoded
from tests.recognizer.profiles import ADOBE_RGB, DISPLAY_P3, rgb_profile

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
COLOURS = np.array([[[200, 60, 40], [40, 160, 70], [60, 80, 190], [128, 128, 128]]], np.uint8).repeat(8, 0).repeat(8, 1)


def stored_in(profile: bytes, colours: np.ndarray = COLOURS) -> Image.Image:
    """The same colours as another colour space stores them."""
    image = Image.fromarray(colours)
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
    )
    assert converted is not None
    return converted


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(decode(data).rgb).astype(int)


@pytest.mark.parametrize("profile", [ADOBE_RGB, DISPLAY_P3], ids=["Adobe RGB", "Display P3"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_colours_of_a_wider_space_come_out_as_srgb(kind: str, profile: bytes) -> None:
    options = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}.get(kind, {"quality": 100})
    stored = stored_in(profile)
    assert np.abs(np.asarray(stored).astype(int) - COLOURS).max() > 8  # It matters.

    found = pixels(encoded(stored, kind, icc_profile=profile, **options))

    middles = (slice(4, None, 8), slice(4, None, 8))
    assert np.abs(found[middles] - COLOURS[middles]).max() <= 5


def test_a_profile_that_says_srgb_changes_not_a_bit() -> None:
    data = encoded(Image.fromarray(COLOURS), icc_profile=SRGB)

    assert (pixels(data) == COLOURS).all()


@pytest.mark.parametrize("profile", [b"garbage", SRGB[:200], b"\0" * 128, ADOBE_RGB[:-300]])
def test_a_broken_profile_is_none(profile: bytes) -> None:
    data = encoded(Image.fromarray(COLOURS), icc_profile=profile)

    assert np.abs(pixels(data) - COLOURS).max() <= 40


def test_a_profile_of_other_pixels_is_none() -> None:
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))

    with_profile = pixels(encoded(cmyk, "TIFF", icc_profile=ADOBE_RGB))

    assert (with_profile == pixels(encoded(cmyk, "TIFF"))).all()


def test_transparency_is_laid_over_white_in_the_files_own_space() -> None:
    stored = stored_in(ADOBE_RGB).convert("RGBA")
    stored.putalpha(0)

    assert (pixels(encoded(stored, icc_profile=ADOBE_RGB)) == 255).all()


def test_a_linear_profile_is_undone() -> None:
    linear = rgb_profile(((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)), gamma=1.0)
    grey = Image.new("RGB", (8, 8), (55, 55, 55))  # 0.216 of white is 50 % in sRGB.

    assert np.abs(pixels(encoded(grey, icc_profile=linear)) - 128).max() <= 3


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_greys_stored_in_sixteen_bits_are_as_bright_as_they_were(kind: str, bits: int) -> None:
    shares = np.linspace(0, 1, 64).reshape(8, 8)
    values = np.round(shares * (2**bits - 1)).astype(np.uint16)

    found = pixels(encoded(Image.fromarray(values), kind))

    assert np.abs(found[:, :, 0] - 255 * shares).max() <= 1


def test_a_depth_that_a_tiff_states_is_believed() -> None:
    values = np.full((8, 8), 400, np.uint16)  # Dark in 12 bits, though it would fit into 10.

    found = pixels(encoded(Image.fromarray(values), "TIFF", tiffinfo={281: 4095}))

    assert found.max() == round(400 / 4095 * 255)


def test_eight_bits_stored_in_thirty_two_are_as_bright_as_they_were() -> None:
    values = np.arange(256, dtype=np.int32).reshape(16, 16)

    assert (pixels(encoded(Image.fromarray(values), "TIFF"))[:, :, 0] == values).all()


def test_large_deep_greys_are_of_one_brightness_all_over() -> None:
    values = np.zeros((2400, 2400), np.uint16)
    values[-1] = 4095  # Only the last piece holds the highest value.
    values[:1000] = 2048

    found = np.asarray(decode(encoded(Image.fromarray(values), "TIFF"), needed_short_side=64).rgb)

    assert abs(int(found[10, 10, 0]) - 128) <= 1
