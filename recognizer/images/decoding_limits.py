"""Refuses files that cost far more memory or time to decode than their size says."""

from __future__ import annotations

import re
import struct

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import (
    STRIPBYTECOUNTS,
    STRIPOFFSETS,
    TILEBYTECOUNTS,
    TILELENGTH,
    TILEOFFSETS,
    TILEWIDTH,
    TiffImageFile,
)

from recognizer.errors import ImageTooLarge, InvalidImage

MAX_PIXELS = 50_000_000

# Each scan of a progressive JPEG passes over all pixels and can be 80 bytes short: without a limit, a file of
# 20 MB keeps a processor busy for hours. Real ones have about 10; libtiff draws the same line.
_MAX_SCANS = 100
_SCAN = re.compile(rb"\xff\xda\x00[\x08\x0a\x0c\x0e][\x01-\x04]")
# Pillow handles each strip or tile of a TIFF in Python: 5 million of one row take 40 s. Real ones have some thousand.
_MAX_STRIPS = 100_000
_STRIP_TAGS = frozenset({STRIPOFFSETS, STRIPBYTECOUNTS, TILEOFFSETS, TILEBYTECOUNTS})
# Run-length coded BMPs are decoded in Python, a pixel at a time: 49 million from a file of 30 kB take 9 s.
_MAX_RUN_LENGTH_CODED = 4_000_000


def too_many_pixels(what: str) -> ImageTooLarge:
    """The error for a picture that `what` describes."""
    return ImageTooLarge(
        f"The picture has {what}; at most {MAX_PIXELS // 10**6} million are accepted. Send a smaller copy."
    )


def refuse_hidden_work(image: Image.Image, data: bytes) -> None:
    """Looks at a picture whose header Pillow has read, before it decodes the rest.

    Raises:
        ImageTooLarge, InvalidImage: it costs far more than its size in pixels says.
    """
    match image:
        case TiffImageFile():
            _refuse_large_tiles(image)
        case JpegImageFile():
            _refuse_too_many(len(_SCAN.findall(data)), _MAX_SCANS, "scans")
        case BmpImageFile() if any(tile.codec_name == "bmp_rle" for tile in image.tile):
            _refuse_too_many(max(len(data), image.width * image.height), _MAX_RUN_LENGTH_CODED, "coded runs")


def refuse_endless_strips(data: bytes) -> None:
    """Looks into a TIFF before Pillow does, which makes 1.5 GB of Python objects of 5 million strips.

    Raises:
        InvalidImage: it has that many.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return
    big = data[2:3] == b"+"  # BigTIFF, as Pillow tells it.
    entry = struct.Struct(order + ("HHQ8x" if big else "HHI4x"))
    try:
        [directory] = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        [entries] = struct.unpack_from(order + ("Q" if big else "H"), data, directory)
    except (struct.error, OverflowError):
        return  # Not a TIFF, or a broken one: Pillow says so.
    start = directory + (8 if big else 2)
    table = data[start : start + entries * entry.size]
    for tag, _, count in entry.iter_unpack(table[: len(table) // entry.size * entry.size]):
        if tag in _STRIP_TAGS:
            _refuse_too_many(count, _MAX_STRIPS, "strips or tiles")


def _refuse_too_many(parts: int, limit: int, kind: str) -> None:
    if parts > limit:
        raise InvalidImage(f"The picture is stored in more than {limit} {kind}. Open it and save it as JPEG or PNG.")


def _refuse_large_tiles(image: TiffImageFile) -> None:
    """A tile is decoded whole, even where the picture is smaller."""
    width, height = (int(image.tag_v2.get(tag, 1)) for tag in (TILEWIDTH, TILELENGTH))
    if width * height > MAX_PIXELS:
        raise too_many_pixels(f"tiles of {width} x {height} pixels")
