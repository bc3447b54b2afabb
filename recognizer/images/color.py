"""Colours as sRGB, whatever the file stored: embedded profiles, and greys of 10 to 32 bits.

A network learned from sRGB. Adobe RGB or Display P3 taken for it looks pale, and 12 bits taken for 16 nearly black.
"""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import TiffImageFile

_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
# Depths that are stored in 16 bits. A file that does not say its own has the first that holds all values.
_DEPTHS = (8, 10, 12, 14, 16)
_MAX_SAMPLE_VALUE = 281  # TIFF 6.0, section 8.
# Colour spaces of profiles, and Pillow's modes that they describe.
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# Profiles this near to sRGB at every colour change nothing that anybody, or a network, would see.
_SAME = 2
_PIECE_PIXELS = 400_000
_KEPT_TRANSFORMS = 64
_MAX_PROFILE_BYTES = 4 * 2**20


def is_deep(image: Image.Image) -> bool:
    """Whether it has one channel of more than 8 bits."""
    return image.mode in _DEEP_MODES


def white_level(image: Image.Image) -> float:
    """The value of a deep grey that is white: as the file states it, else the highest that its depth allows.

    The depth is the smallest of 8, 10, 12, 14 and 16 bits that holds all values; floats up to 1 are shares of white.
    """
    stated = _stated_white(image)
    if stated:
        return stated
    rows = max(1, _PIECE_PIXELS // image.width)  # A copy of the whole could take half a gigabyte.
    highest = max(
        _highest(image.crop((0, top, image.width, min(top + rows, image.height))))
        for top in range(0, image.height, rows)
    )
    if image.mode == "F" and highest <= 1:
        return 1.0
    return float(next((2**depth - 1 for depth in _DEPTHS if highest < 2**depth), 2**16 - 1))


def grey(image: Image.Image, white: float) -> Image.Image:
    """A deep grey in 8 bits, mode L; what is below black or above white is clipped."""
    values = np.nan_to_num(np.asarray(image, np.float32), nan=0.0)
    return Image.fromarray((np.clip(values / white, 0, 1) * 255 + 0.5).astype(np.uint8))


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An image of mode L, RGB or CMYK in sRGB, mode RGB.

    Args:
        image: the pixels.
        profile: the ICC profile that its file embeds. One that is broken, or of another kind of pixels, is taken for
            none, as every viewer does.
    """
    transform = _transform(profile, image.mode) if profile and len(profile) <= _MAX_PROFILE_BYTES else None
    if transform is not None:
        return ImageCms.applyTransform(image, transform)  # type: ignore[return-value]  # None only in place.
    return image if image.mode == "RGB" else image.convert("RGB")


@functools.lru_cache(maxsize=_KEPT_TRANSFORMS)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From a profile to sRGB; None where it changes nothing or cannot be used."""
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


def _highest(image: Image.Image) -> float:
    values = np.asarray(image)
    return float(np.max(values, initial=0, where=np.isfinite(values)))


def _stated_white(image: Image.Image) -> float | None:
    if isinstance(image, TiffImageFile):
        stated = image.tag_v2.get(_MAX_SAMPLE_VALUE)
        value = stated[0] if isinstance(stated, tuple) else stated
        return float(value) if isinstance(value, int | float) and value > 0 else None
    return None
