"""The time at which a picture was taken, as the camera wrote it into the file; nothing else is read of its EXIF."""

from __future__ import annotations

import io
import re
from datetime import datetime

from PIL import ExifTags, Image

import recognizer.images.decode  # noqa: F401 - there Pillow learns to read HEIC.
from recognizer.images.formats import FORMATS

_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_YEARS = range(1990, 2100)
"""Of digital cameras; a clock that says another was never set."""


def taken(data: bytes) -> datetime | None:
    """When a picture was taken (`DateTimeOriginal`), by the camera's clock, whose time zone nobody knows.

    None where the file does not say so, or says it in a way that is none: what is in EXIF is never an error.

    Args:
        data: a file that `decode` has accepted.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if "exif" not in image.info and image.format != "TIFF":
                return None  # Pillow would decode all of a PNG to look behind its pixels.
            said = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    except Exception:  # noqa: BLE001  # The EXIF parser meets outside bytes.
        return None
    return _time(said) if isinstance(said, str) else None


def _time(said: str) -> datetime | None:
    found = _TIME.fullmatch(said.strip("\0 "))
    if found is None or not found[0].isascii():
        return None
    try:
        time = datetime(*map(int, found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - as the camera says it.
    except ValueError:
        return None
    return time if time.year in _YEARS else None
