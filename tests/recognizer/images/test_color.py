"""Pixels are sRGB in 8 bits, whatever a file stored."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageCms

from recognizer.images.decode import cost, decode
from tests.recognizer.fakes import encoded, png, tiff_data_offset
from tests.recognizer.profiles import ADOBE_RGB, DISPLAY_P3, old_rgb_profile

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


def test_the_profile_of_a_picture_is_forgotten_with_it() -> None:
    def seen(number: int) -> None:
        decode(encoded(Image.fromarray(COLOURS), "JPEG", icc_profile=bytes([number]) + bytes(2**20)))

    seen(0)
    tracemalloc.start()
    for number in range(1, 9):
        seen(number)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 2**20


def test_a_transform_is_made_once_for_all_pictures_of_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(
        Image.fromarray(COLOURS), icc_profile=old_rgb_profile(((0.63, 0.34), (0.31, 0.59), (0.15, 0.06)), 2.1)
    )
    first = pixels(data)

    monkeypatch.delattr(ImageCms, "buildTransform")

    assert (pixels(data) == first).all()


def test_transparency_is_laid_over_white_in_the_files_own_space() -> None:
    stored = stored_in(ADOBE_RGB).convert("RGBA")
    stored.putalpha(0)

    assert (pixels(encoded(stored, icc_profile=ADOBE_RGB)) == 255).all()


def test_a_linear_profile_is_undone() -> None:
    linear = old_rgb_profile(((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)), gamma=1.0)
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


# Colours of more than 8 bits: Pillow reads their high bytes, and writes none


def deep_png(values: np.ndarray) -> bytes:
    """A PNG of 16 bits a value; each other row is filtered."""
    height, width, bands = values.shape
    rows = values.astype(">u2").view(np.uint8).reshape(height, -1)
    difference = rows - np.pad(rows, ((0, 0), (2 * bands, 0)))[:, : -2 * bands]
    lines = [b"\1" + difference[y].tobytes() if y % 2 else b"\0" + rows[y].tobytes() for y in range(height)]
    return png(width, height, zlib.compress(b"".join(lines)), depth=16, colour_type={3: 2, 4: 6}[bands])


def deep_tiff(values: np.ndarray, *, order: str = "<", packed: bool = False, highest: int | None = None) -> bytes:
    """A TIFF of 16 bits a value, in one strip; a packed one is read by libtiff."""
    height, width, bands = values.shape
    data = values.astype(order + "u2").tobytes()
    data = zlib.compress(data) if packed else data
    tags = {256: width, 257: height, 259: 8 if packed else 1, 262: 2, 277: bands, 278: height, 279: len(data)}
    tags |= {281: highest} if highest else {}
    bits_at = tiff_data_offset(len(tags) + 2)
    entries = {tag: (tag, 4, 1, value) for tag, value in tags.items()}
    entries |= {258: (258, 3, bands, bits_at), 273: (273, 4, 1, bits_at + 2 * bands)}
    directory = b"".join(struct.pack(f"{order}HHII", *entries[tag]) for tag in sorted(entries))
    start = struct.pack(f"{order}2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(entries))
    return start + directory + bytes(4) + struct.pack(f"{order}{bands}H", *[16] * bands) + data


DEEP_FILES: list[Callable[[np.ndarray], bytes]] = [
    deep_png,
    deep_tiff,
    partial(deep_tiff, order=">"),
    partial(deep_tiff, packed=True),
    partial(deep_tiff, order=">", packed=True),
]
DEEP_FILE_IDS = ["PNG", "TIFF", "TIFF, high byte first", "packed TIFF", "packed TIFF, high byte first"]
COLOUR_SHARES = np.random.default_rng(5).random((9, 7, 3))
COLOUR_SHARES[0, 0] = 1


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("write", DEEP_FILES, ids=DEEP_FILE_IDS)
def test_colours_stored_in_sixteen_bits_are_as_bright_as_they_were(
    write: Callable[[np.ndarray], bytes], bits: int
) -> None:
    values = np.round(COLOUR_SHARES * (2**bits - 1)).astype(np.uint16)

    assert np.abs(pixels(write(values)) - 255 * COLOUR_SHARES).max() <= 1


def test_a_depth_of_colours_that_a_tiff_states_is_believed_unless_a_pixel_is_above_it() -> None:
    values = np.full((8, 8, 3), 400, np.uint16)

    assert pixels(deep_tiff(values, highest=4095)).max() == round(400 / 4095 * 255)
    assert pixels(deep_tiff(values, highest=255)).max() == round(400 / 1023 * 255)


def test_black_colours_keep_a_transparency_of_sixteen_bits() -> None:
    values = np.zeros((8, 8, 4), np.uint16)
    values[:, :4, 3], values[:, 4:, 3] = 2**15, 2**16 - 1

    found = pixels(deep_png(values))

    assert np.abs(found[:, :4] - 127).max() <= 1
    assert found[:, 4:].max() == 0


def test_twelve_bits_with_a_transparency_of_twelve_bits_are_shown() -> None:
    values = np.full((8, 8, 4), 4095, np.uint16)
    values[:, :, 1] = 2048

    assert np.abs(pixels(deep_png(values)) - [255, 128, 255]).max() <= 1


def test_large_deep_colours_are_of_one_brightness_all_over() -> None:
    values = np.zeros((1000, 1000, 3), np.uint16)
    values[-1] = 1023  # Only the last piece holds the highest value.
    values[:400] = 512

    found = np.asarray(decode(deep_tiff(values), needed_short_side=64).rgb)

    assert np.abs(found[10, 10].astype(int) - 128).max() <= 1


def test_deep_colours_cost_that_they_are_decoded_twice() -> None:
    deep, flat = (cost(png(1000, 1000, b"", depth=depth, colour_type=2)) for depth in (16, 8))

    assert deep.cpu_s >= 2 * flat.cpu_s
    assert deep.memory_bytes >= flat.memory_bytes + 4_000_000
