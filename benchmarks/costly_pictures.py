"""Draws the pictures that cost a server the most for their size: some that are refused, and the dearest that pass.

Each is made by hand from a small picture; none is a photograph, none is larger than 20 MB.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import Image

from recognizer.images import decode

_BLOCK = 2**20
_REPEATED = 4_000_000
_MOST_SCANS = 99
_SCANS_STEP = 3


def one_long_line() -> bytes:
    """A PNG of 1 x 50,000,000 pixels: each row is an object of its own."""
    return _png(1, 50_000_000)


def many_scans() -> bytes:
    """A progressive JPEG of 49 megapixels whose last scan is there again and again: each takes all pixels once more."""
    return _progressive(_MOST_SCANS)


def accepted_scans() -> bytes:
    """The same with as many scans as are still decoded."""
    tried = (_progressive(scans) for scans in range(_MOST_SCANS, 0, -_SCANS_STEP))
    return next(data for data in tried if decode.cost(data, needed_short_side=224).cpu_s > 0)


def fill_bytes() -> bytes:
    """A JPEG with 19 MB of fill bytes before its first segment."""
    return _jpeg_with(b"\xff" * 19_000_000)


def empty_segments() -> bytes:
    """A JPEG with millions of segments with nothing in them."""
    return _jpeg_with(b"\xff\xe5\x00\x02" * _REPEATED)


def empty_chunks() -> bytes:
    """A PNG with a million and more chunks with nothing in them."""
    plain = _encoded(Image.new("RGB", (64, 64)), "PNG")
    return plain[:33] + _chunk(b"teSt", b"") * (_REPEATED // 3) + plain[33:]


def empty_blocks() -> bytes:
    """A GIF with millions of comments of one letter."""
    plain = _encoded(Image.new("P", (64, 64)), "GIF")
    colours_end = 13 + (3 << (plain[10] % 8 + 1))
    return plain[:colours_end] + b"!\xfe\x01x\x00" * _REPEATED + plain[colours_end:]


def large_png() -> bytes:
    """A PNG of 119 megapixels in one colour, close to the most memory that one picture is given."""
    return _png(10_900, 10_900)


def deep_png() -> bytes:
    """A PNG of 29 megapixels with 16 bits a colour, which is decoded twice."""
    return _png(5_400, 5_400, depth=16)


def large_jpeg() -> bytes:
    """A JPEG of 200 megapixels, as telephones take them."""
    return _encoded(Image.new("RGB", (16_320, 12_240), (90, 120, 60)), "JPEG")


PICTURES: Mapping[str, Callable[[], bytes]] = {
    "PNG in one long line": one_long_line,
    "JPEG of 99 scans": many_scans,
    "JPEG of as many as pass": accepted_scans,
    "JPEG of fill bytes": fill_bytes,
    "JPEG of empty segments": empty_segments,
    "PNG of empty chunks": empty_chunks,
    "GIF of empty blocks": empty_blocks,
    "PNG of 119 megapixels": large_png,
    "PNG of 29 MP, 16 bits": deep_png,
    "JPEG of 200 megapixels": large_jpeg,
}
"""By what they are."""


def _encoded(image: Image.Image, kind: str, **options: bool) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _progressive(scans: int) -> bytes:
    data = _encoded(Image.new("L", (7000, 7000)), "JPEG", progressive=True)
    there, last, end = data.count(b"\xff\xda"), data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:end] + data[last:end] * (scans - there) + data[end:]


def _jpeg_with(segments: bytes) -> bytes:
    plain = _encoded(Image.new("RGB", (64, 64)), "JPEG")
    return plain[:2] + segments + plain[2:]


def _png(width: int, height: int, *, depth: int = 8) -> bytes:
    """A black PNG in colour; its pixels are never in memory at once."""
    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    data = _zeros(height * (3 * width * depth // 8 + 1))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zeros(count: int) -> bytes:
    packer, block = zlib.compressobj(9), bytes(_BLOCK)
    packed = [packer.compress(block[: min(_BLOCK, count - at)]) for at in range(0, count, _BLOCK)]
    return b"".join(packed) + packer.flush()
