"""Looks at one picture file: reads it once, decodes it once, and keeps what the audit needs to know.

bytes -> decode -> file facts, quality, thumbnail
             -> why it cannot be used
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from recognizer.errors import ImageError, InvalidImage
from recognizer.images import decode
from training import picture_quality, thumbnail
from training.picture_quality import MEASURED_SHORT_SIDE_PX, Quality
from training.thumbnail import Thumbnail

# Decoding keeps twice the short side that it is asked for, and each picture is scaled down once more.
_DECODED_SHORT_SIDE_PX = MEASURED_SHORT_SIDE_PX // 2
_MISSING = 128  # What a JPEG decoder puts where the data ended too early.
_MAX_MISSING = 0.02


@dataclass(frozen=True)
class FileFacts:
    """What a picture file is, whatever it shows."""

    width: int
    """Of the upright picture, in pixels."""
    height: int
    bytes: int
    format: str
    """As Pillow calls it: JPEG, PNG."""
    mode: str
    """How colours are stored: RGB, L (grey), P (palette), CMYK, RGBA, `16 bit`."""
    orientation: int
    """EXIF value, 1 to 8; 1 is upright."""


@dataclass(frozen=True)
class Examined:
    """A picture that can be read."""

    facts: FileFacts
    quality: Quality
    thumbnail: Thumbnail | None
    """None where there is too little in it to be compared with others."""


@dataclass(frozen=True)
class Unusable:
    """A picture that cannot be used."""

    error: ImageError
    is_cut_off: bool
    """Whether a part of it is there, and the rest is missing."""


def examine(data: bytes) -> Examined | Unusable:
    """Says what is in a picture file, or why nothing can be made of it."""
    try:
        picture = decode.decode(data, needed_short_side=_DECODED_SHORT_SIDE_PX)
    except ImageError as err:
        return Unusable(err, is_cut_off=_ends_early(data, err))
    facts = _facts(data, picture)
    missing = _missing_share(picture.rgb) if facts.format == "JPEG" else 0.0
    if missing > _MAX_MISSING:
        share = f"{100 * missing:.0f} %"
        return Unusable(
            InvalidImage(f"The lower {share} of the picture are missing: grey stands there."), is_cut_off=True
        )
    grey = _measured_size(picture.rgb.convert("L"))
    return Examined(facts, picture_quality.measure(grey), thumbnail.make(picture.rgb, grey))


def _measured_size(grey: Image.Image) -> Image.Image:
    scale = MEASURED_SHORT_SIDE_PX / min(grey.size)
    if scale >= 1:  # Enlarging it would only make it look blurred.
        return grey
    return grey.resize((round(grey.width * scale), round(grey.height * scale)), Image.Resampling.BILINEAR)


def _facts(data: bytes, picture: decode.Picture) -> FileFacts:
    """Reads the header again: decoding does not tell what it found there."""
    with Image.open(io.BytesIO(data), formats=decode.FORMATS) as header:
        return FileFacts(
            width=picture.width,
            height=picture.height,
            bytes=len(data),
            format=header.format or "",
            mode=_mode(header, data),
            orientation=_orientation(header),
        )


def _mode(header: Image.Image, data: bytes) -> str:
    is_deep_png = header.format == "PNG" and data[24:25] == b"\x10"  # Pillow reads those with 8 bits.
    if is_deep_png or header.mode.startswith("I"):
        return "16 bit"
    if header.mode == "P" and "transparency" in header.info:
        return "PA"
    return header.mode


def _orientation(header: Image.Image) -> int:
    try:
        value = header.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  # The EXIF parser meets outside bytes; a bad block turns nothing.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _ends_early(data: bytes, err: ImageError) -> bool:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    return isinstance(err.__cause__, OSError) and "truncated" in str(err.__cause__).lower()


def _missing_share(rgb: Image.Image) -> float:
    """Share of the rows at the end that are of the grey that a JPEG decoder fills up with, and nothing else."""
    pixels = np.asarray(rgb)
    if (pixels[-1] != _MISSING).any():
        return 0.0
    is_missing = (pixels == _MISSING).all(axis=(1, 2))
    return 0.0 if is_missing.all() else float(is_missing[::-1].argmin() / len(pixels))
