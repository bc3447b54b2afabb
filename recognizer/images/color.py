"""Colours as sRGB, whatever the file stored: embedded profiles, colours of 10 to 16 bits, greys of 10 to 32.

A network learned from sRGB. Adobe RGB or Display P3 taken for it looks pale, and 12 bits taken for 16 nearly black.
"""

from __future__ import annotations

import functools
import hashlib
import io
import re
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from recognizer.images import icc

_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
# Depths that are stored in 16 bits. A file that does not say its own has the first that holds all values.
_DEPTHS = (8, 10, 12, 14, 16)
_MAX_SAMPLE_VALUE = 281  # TIFF 6.0, section 8.
# Of colours of 16 bits Pillow keeps one byte: the high one, or the low one if told that they are in the other order.
_DEEP_COLOURS = re.compile(r"(RGB[XA]?;16)([BLN])")
_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
# Colour spaces of profiles, and Pillow's modes that they describe.
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# Code points of ITU-T H.273.
_P3_PRIMARIES = 12
# Profiles this near to sRGB at every colour change nothing that anybody, or a network, would see.
_SAME = 2
_PIECE_PIXELS = 400_000
# One takes up to 0.5 MiB, of inks, whatever the size of its profile: the library brings all tables to one size.
_KEPT_TRANSFORMS = 64
_MAX_PROFILE_BYTES = 4 * 2**20


def is_deep(image: Image.Image) -> bool:
    """Whether it has one channel of more than 8 bits."""
    return image.mode in _DEEP_MODES


def white_level(image: Image.Image) -> float:
    """The value of a deep grey that is white: as the file states it, else the highest that its depth allows.

    The depth is the smallest of 8, 10, 12, 14 and 16 bits that holds all values; floats up to 1 are shares of white.
    """
    highest = max(_highest(image.crop(box)) for box in _pieces(image))
    if image.mode == "F" and highest <= 1:
        return _stated_white(image, highest) or 1.0
    return _stated_white(image, highest) or _white_of_depth(highest)


def has_deep_colours(image: ImageFile) -> bool:
    """Whether an image that is opened, not loaded, has colours of 16 bits."""
    return any(_DEEP_COLOURS.fullmatch(_raw_mode(tile.args)) for tile in image.tile)


def brighten(image: Image.Image, low: ImageFile) -> None:
    """Makes colours of fewer bits that are stored in 16 as bright as they were, in place; see `white_level`.

    Args:
        image: has deep colours, and is loaded: Pillow has kept their high bytes.
        low: the same file, opened and not loaded.
    """
    highest = [256 * band[1] for band in image.getextrema()]  # type: ignore[index]  # A pair for each band.
    colour = _stated_white(low, max(highest[:3])) or _white_of_depth(max(highest[:3]))
    if colour == _white_of_depth(2**16 - 1):
        return
    white = np.array([colour] * 3 + [_white_of_depth(alpha) for alpha in highest[3:]], np.float32)
    low.tile = [tile._replace(args=_in_other_order(tile.args)) for tile in low.tile]
    for box in _pieces(image):
        values = 256 * np.asarray(image.crop(box), np.float32) + np.asarray(low.crop(box))
        image.paste(_in_eight_bits(values / white), box)


def grey(image: Image.Image, white: float) -> Image.Image:
    """A deep grey in 8 bits, mode L; what is below black or above white is clipped."""
    return _in_eight_bits(np.nan_to_num(np.asarray(image, np.float32), nan=0.0) / white)


def profile_of(image: Image.Image) -> bytes | None:
    """The ICC profile of an opened image: the one that its file embeds, or that of the space which it only names.

    Cameras that are set to Adobe RGB write `R03` into EXIF (DCF 2.0), and no profile; HEIC may have code points.
    """
    if embedded := image.info.get("icc_profile"):
        return bytes(embedded)
    if (image.info.get("nclx_profile") or {}).get("color_primaries") == _P3_PRIMARIES:
        return icc.DISPLAY_P3
    try:
        is_adobe = image.getexif().get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex) == "R03"
    except Exception:  # noqa: BLE001  # The EXIF parser meets outside bytes.
        return None
    return icc.ADOBE_RGB if is_adobe and image.mode == "RGB" else None


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An image of mode L, RGB or CMYK in sRGB, mode RGB.

    Args:
        image: the pixels.
        profile: as `profile_of` has it. One that is broken, or of another kind of pixels, is taken for
            none, as every viewer does.
    """
    transform = _transform(profile, image.mode) if profile and len(profile) <= _MAX_PROFILE_BYTES else None
    if transform is not None:
        return ImageCms.applyTransform(image, transform)  # type: ignore[return-value]  # None only in place.
    return image if image.mode == "RGB" else image.convert("RGB")


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From a profile to sRGB; None where it changes nothing or cannot be used."""
    place = _place(hashlib.sha256(profile).digest(), mode)
    if not place:
        place.append(_made(profile, mode))
    return place[0]


@functools.lru_cache(maxsize=_KEPT_TRANSFORMS)
def _place(digest: bytes, mode: str) -> list[ImageCms.ImageCmsTransform | None]:  # noqa: ARG001 - the key.
    """Where the transform of a profile is kept, empty at first. The cache keeps what it is asked with: no profile."""
    return []


def _made(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _MODES.get(source.profile.xcolor_space.strip()) != mode:
            return None
        transform = ImageCms.buildTransform(
            source,
            _srgb(),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            # Without lcms's cache of the last pixel, threads can share it.
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOCACHE,
        )
        return None if mode != "CMYK" and _changes_nothing(transform, mode) else transform
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.createProfile("sRGB")  # type: ignore[return-value]  # A core profile, which buildTransform takes.


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether colours all over the cube stay what they are, as those of sRGB's own profiles do."""
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)  # (1, 729, 3)
    before = Image.fromarray(cube) if mode == "RGB" else Image.fromarray(cube[:, :, 0].copy())
    after = np.asarray(ImageCms.applyTransform(before, transform), np.int16)
    return bool(np.abs(after - np.asarray(before.convert("RGB"), np.int16)).max() <= _SAME)


def _pieces(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of whole rows: numbers of all pixels at once could take half a gigabyte."""
    rows = max(1, _PIECE_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield 0, top, image.width, min(top + rows, image.height)


def _in_eight_bits(shares: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray((np.clip(shares, 0, 1) * 255 + 0.5).astype(np.uint8))


def _highest(image: Image.Image) -> float:
    values = np.asarray(image)
    return float(np.max(values, initial=0, where=np.isfinite(values)))


def _white_of_depth(highest: float) -> float:
    return float(next((2**depth - 1 for depth in _DEPTHS if highest < 2**depth), 2**16 - 1))


def _stated_white(image: Image.Image, highest: float) -> float | None:
    """What a TIFF says is its highest value; None: it does not, or one is higher."""
    if isinstance(image, TiffImageFile):
        stated = image.tag_v2.get(_MAX_SAMPLE_VALUE)
        value = stated[0] if isinstance(stated, tuple) else stated
        return float(value) if isinstance(value, int | float) and value >= max(highest, 1e-9) else None
    return None


def _raw_mode(args: tuple[Any, ...] | str | None) -> str:
    """How Pillow's decoder is to read the pixels of a tile, such as `RGB;16B`."""
    return str(args[0]) if isinstance(args, tuple) else args or ""


def _in_other_order(args: tuple[Any, ...] | str | None) -> tuple[Any, ...] | str:
    other = _DEEP_COLOURS.sub(lambda found: found[1] + _OTHER_ORDER[found[2]], _raw_mode(args))
    return (other, *args[1:]) if isinstance(args, tuple) else other
