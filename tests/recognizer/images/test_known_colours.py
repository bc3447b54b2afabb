"""Colours of known spaces come out as the sRGB that the literature gives them, whatever a library makes of them."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from recognizer.images.decode import decode
from recognizer.images.icc import ADOBE_RGB, D50, DISPLAY_P3, PRO_PHOTO_RGB
from tests.recognizer import profiles
from tests.recognizer.fakes import encoded, png, png_chunk
from tests.recognizer.profiles import cmyk_profile, grey_profile

# Linear RGB to XYZ, http://www.brucelindbloom.com/index.html?Eqn_RGB_XYZ_Matrix.html; Display P3: SMPTE EG 432-1.
SRGB_D65 = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
SRGB_D50 = [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
ADOBE_D65 = [[0.5767309, 0.1855540, 0.1881852], [0.2973769, 0.6273491, 0.0752741], [0.0270343, 0.0706872, 0.9911085]]
P3_D65 = [[0.4865709, 0.2656677, 0.1982173], [0.2289746, 0.6917385, 0.0792869], [0.0, 0.0451134, 1.0439444]]
PRO_PHOTO_D50 = [[0.7976749, 0.1351917, 0.0313534], [0.2880402, 0.7118741, 0.0000857], [0.0, 0.0, 0.8252100]]

COLOURS = np.array(
    [[255, 255, 255], [0, 0, 0], [128, 128, 128], [200, 60, 40], [40, 160, 70], [60, 80, 190], [230, 190, 150]]
)
SPACES = {
    "ProPhoto RGB": (PRO_PHOTO_RGB, PRO_PHOTO_D50, SRGB_D50, 1.8),
    "Adobe RGB": (ADOBE_RGB, ADOBE_D65, SRGB_D65, 2.19921875),
    "Adobe RGB, version 2": (profiles.ADOBE_RGB, ADOBE_D65, SRGB_D65, 2.19921875),
    "Display P3, version 2": (profiles.DISPLAY_P3, P3_D65, SRGB_D65, 2.2),
    "Display P3": (DISPLAY_P3, P3_D65, SRGB_D65, None),
}


def linear(colours: np.ndarray) -> np.ndarray:
    shares = colours / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def encoded_as_srgb(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def stored_as(space: Any, srgb: Any, gamma: float | None) -> np.ndarray:
    """The shares of white, 0 to 1, that a space has for `COLOURS`; without a gamma, its curve is that of sRGB."""
    light = np.clip(linear(COLOURS) @ np.asarray(srgb).T @ np.linalg.inv(np.asarray(space)).T, 0, 1)
    return encoded_as_srgb(light) if gamma is None else np.asarray(light ** (1 / gamma))


def eights(values: np.ndarray, dtype: Any = np.uint8) -> np.ndarray:
    """A picture of 8 x 8 pixels of each colour, side by side."""
    return values.astype(dtype)[None].repeat(8, 0).repeat(8, 1)


def middles(data: bytes) -> np.ndarray:
    return np.asarray(decode(data).rgb).astype(int)[4, 4::8]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("name", SPACES)
def test_colours_are_those_of_the_literature(name: str, kind: str) -> None:
    profile, space, srgb, gamma = SPACES[name]
    pixels = eights(np.round(255 * stored_as(space, srgb, gamma)))
    options = {"JPEG": {"subsampling": 0}, "WEBP": {"exact": True}}.get(kind, {})
    quality = {} if kind in {"PNG", "TIFF"} else {"quality": 100}

    found = middles(encoded(Image.fromarray(pixels), kind, icc_profile=profile, **options, **quality))

    difference = np.abs(found - COLOURS)
    assert difference.mean() <= 2
    assert difference.max() <= 12  # One value of little red in green, of AVIF.


def deep_png(pixels: np.ndarray, profile: bytes) -> bytes:
    rows = pixels.astype(">u2").reshape(len(pixels), -1)
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    chunk = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile))
    return png(pixels.shape[1], pixels.shape[0], zlib.compress(body), depth=16, colour_type=2, extra=chunk)


@pytest.mark.parametrize("name", SPACES)
def test_colours_of_sixteen_bits_have_a_profile_too(name: str) -> None:
    profile, space, srgb, gamma = SPACES[name]
    pixels = eights(np.round(65535 * stored_as(space, srgb, gamma)), np.uint16)

    assert np.abs(middles(deep_png(pixels, profile)) - COLOURS).max() <= 3


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_greys_of_a_profile_are_as_bright_as_it_says(gamma: float) -> None:
    greys = np.array([0, 60, 90, 128, 200, 255])
    stored = eights(np.round(255 * linear(greys) ** (1 / gamma)))

    found = middles(encoded(Image.fromarray(stored), "PNG", icc_profile=grey_profile(gamma)))

    assert np.abs(found - greys[:, None]).max() <= 3


def printed(c: float, m: float, y: float, k: float) -> tuple[float, float, float]:
    """L*a*b* of inks that are unlike what CMYK is without a profile: black is only dark grey, cyan is olive."""
    return (95 - 30 * c - 20 * m - 5 * y - 60 * k, -20 * c + 50 * m - 2 * y, 30 * c - 5 * m + 60 * y)


def srgb_of_lab(lightness: float, a: float, b: float) -> np.ndarray:
    """CIE 15, with D50 as white."""
    f = (lightness + 16) / 116
    shares = np.array([f + a / 500, f, f - b / 200])
    xyz = np.where(shares > 6 / 29, shares**3, 3 * (6 / 29) ** 2 * (shares - 4 / 29))
    white = np.array([D50[0] / D50[1], 1, (1 - sum(D50)) / D50[1]])
    rgb = np.clip(np.linalg.inv(SRGB_D50) @ (xyz * white), 0, 1)
    return 255 * encoded_as_srgb(rgb)


@pytest.mark.parametrize("inks", [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1)])
@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_of_a_profile_look_as_it_says(kind: str, inks: tuple[int, int, int, int]) -> None:
    picture = Image.new("CMYK", (16, 16), tuple(255 * ink for ink in inks))
    lightest, darkest = srgb_of_lab(*printed(0, 0, 0, 0)), srgb_of_lab(*printed(*inks))

    found = middles(encoded(picture, kind, icc_profile=cmyk_profile(printed)))[0]
    without = middles(encoded(picture, kind))[0]

    assert np.abs(found - without).max() > 12  # It matters.
    # Paper becomes white, and the darkest ink black: the others keep their order and hue.
    expected = np.clip(darkest * 255 / lightest, 0, 255)
    assert np.abs(found - expected).max() <= 40


@pytest.mark.parametrize(
    "broken",
    [
        ADOBE_RGB[:100],
        ADOBE_RGB[:130] + bytes(len(ADOBE_RGB) - 130),
        ADOBE_RGB[:128] + b"\xff\xff\xff\xff" + ADOBE_RGB[132:],
        b"\xff" * 600,
        PRO_PHOTO_RGB.replace(b"acsp", b"xxxx"),
    ],
)
def test_pixels_of_a_broken_profile_are_taken_for_srgb(broken: bytes) -> None:
    assert (middles(encoded(Image.fromarray(eights(COLOURS)), "PNG", icc_profile=broken)) == COLOURS).all()


def named_by_exif(index: str) -> bytes:
    """A JPEG as a camera writes it: an Exif block with the Interoperability IFD, and no profile."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: index}
    pixels = eights(np.round(255 * stored_as(ADOBE_D65, SRGB_D65, 2.19921875)))
    return encoded(Image.fromarray(pixels), "JPEG", exif=exif, quality=100, subsampling=0)


def test_adobe_rgb_that_a_camera_only_names_is_adobe_rgb() -> None:
    assert np.abs(middles(named_by_exif("R03")) - COLOURS).max() <= 6


@pytest.mark.parametrize("index", ["R98", "THM", ""])
def test_other_names_are_srgb(index: str) -> None:
    assert np.abs(middles(named_by_exif(index)) - COLOURS).max() > 12


def test_display_p3_that_an_heic_only_names_is_display_p3() -> None:
    pixels = Image.fromarray(eights(np.round(255 * stored_as(P3_D65, SRGB_D65, None))))
    named = {"color_primaries": 12, "transfer_characteristics": 13, "matrix_coefficients": 6, "full_range_flag": 1}

    found = middles(encoded(pixels, "HEIF", quality=100, chroma=444, save_nclx_profile=True, **named))

    assert np.abs(found - COLOURS).max() <= 6


WIDE = stored_as(PRO_PHOTO_D50, SRGB_D50, 1.8)


@pytest.mark.parametrize("profile", [None, PRO_PHOTO_RGB, b"broken"])
def test_nothing_of_the_file_but_pixels_comes_out(profile: bytes | None) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret"
    data = encoded(Image.fromarray(eights(255 * WIDE)), "JPEG", icc_profile=profile, exif=exif, comment=b"secret")

    rgb = decode(data).rgb

    file = io.BytesIO()
    rgb.save(file, "JPEG")
    assert rgb.info == {}
    assert not [word for word in (b"secret", b"ICC_PROFILE", b"Exif") if word in file.getvalue()]
