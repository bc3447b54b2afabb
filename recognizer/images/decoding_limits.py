"""Decoding limits: what a picture will cost in memory and processor time, known before it is decoded.

bytes -> count_parts, before Pillow looks at them -> Pillow reads the header -> cost -> refuse_costly

A limit is on the cost, not on pixels or bytes: a JPEG of 200 megapixels that is decoded at an eighth of its scale takes
12 MB, a progressive JPEG of 49 megapixels with 99 scans takes four seconds. The factors were measured with Pillow 13,
libjpeg-turbo 3.2, libwebp 1.6, libavif 1.4 and libheif 1.23; see docs/api.md for the limits that users meet.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TILELENGTH, TILEWIDTH, TiffImageFile

from recognizer.errors import ImageTooLarge, InvalidImage
from recognizer.images import color

MAX_MEMORY_BYTES = 512 * 2**20
"""The most memory that one picture may take while it is decoded."""
MAX_CPU_S = 3.0
"""The most processor time that one picture may take to decode, in seconds of a core of 2024."""
MAX_SIDE = 65_535
"""The most pixels of a side, as in JPEG. A row costs memory and time even where it is one pixel long."""

# Pillow's own guard, for pictures inside of pictures, which no header tells.
MAX_PIXELS_INSIDE = 256_000_000

# For each pixel: bytes that the decoder holds beside Pillow's picture, nanoseconds, and bytes of that picture (else 4).
_DECODER_BYTES = {"WEBP": 14, "AVIF": 6, "HEIF": 5}
_NS_A_PIXEL = {"JPEG": 5, "PNG": 24, "WEBP": 34, "GIF": 7, "BMP": 5, "TIFF": 14, "AVIF": 28, "HEIF": 48}
_BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
# Bytes for each pixel of the reduced picture that the way from there to upright sRGB takes.
_COPIED_BYTES_A_PIXEL = {"RGB": 4, "L": 8, "CMYK": 8}
_ROW_BYTES = 24
# A reduced JPEG costs this much for each pixel of its full size, and each further scan this much for each sample.
_NS_A_REDUCED_PIXEL, _NS_A_SCANNED_SAMPLE, _NS_A_SCAN = 2, 0.7, 10_000
# Run-length coded BMPs are decoded in Python, pixel by pixel.
_NS_A_RUN_LENGTH_PIXEL = 200

# Pillow handles these in Python, one by one. Real files have some hundred.
_MAX_SEGMENTS = 3_000
_MAX_CHUNKS = 30_000
_MAX_BLOCKS = 30_000
_MAX_STRIPS = 100_000
_SCAN = re.compile(rb"\xff\xda\x00[\x08\x0a\x0c\x0e][\x01-\x04]")
_FILL = re.compile(rb"\xff+")
_CHUNK_NAME = re.compile(rb"\w{4}")
_BARE_MARKERS = frozenset({b"\0", b"\x01", *(bytes([marker]) for marker in range(0xD0, 0xD9))})
# Text and bytes of a TIFF are one object each; of all other types each value is one.
_TIFF_TEXT_AND_BYTES = frozenset({1, 2, 6, 7})


@dataclass(frozen=True)
class Cost:
    """What decoding a picture takes at the most."""

    memory_bytes: int
    cpu_s: float


# A reduced picture keeps at least this many times the pixels per side that are needed, so that the antialiased resize
# that follows still has the last word. Against the whole picture, one in twenty of 104 photographs has a class score
# that moves by more than 0.007; with 2 it is 0.011, with 1 it is 0.015. 12 megapixels are read at 1/8.
REDUCED_MARGIN = 1.5


def reduction(size: tuple[int, int], needed_short_side: int | None) -> int:
    """By which whole factor a picture is made smaller while it is decoded; 1: not at all."""
    return max(1, int(min(size) / (needed_short_side * REDUCED_MARGIN))) if needed_short_side else 1


def cost(image: ImageFile, data: bytes, needed_short_side: int | None) -> Cost:
    """What it will take to decode a picture of which Pillow has read the header.

    Args:
        image: opened, not loaded.
        data: the whole file.
        needed_short_side: as `decode` has it; a JPEG is then decoded at a reduced scale.
    """
    kind = image.format or ""
    if isinstance(image, JpegImageFile):
        return _jpeg_cost(image, data, needed_short_side)
    pixels = max([image.width * image.height, *(_area(tile.extents) for tile in image.tile)])
    stored = pixels * _BYTES_A_PIXEL.get(image.mode, 4) + max(image.size) * _ROW_BYTES
    stored += pixels * _COPIED_BYTES_A_PIXEL.get(image.mode, 16) // reduction(image.size, needed_short_side) ** 2
    cpu_ns = float(pixels * _NS_A_PIXEL.get(kind, 50))
    if color.has_deep_colours(image):  # They may be decoded twice, to get at all bits.
        stored, cpu_ns = stored + pixels * 4, cpu_ns * 4
    match image:
        case TiffImageFile():
            stored += 4 * _tile_pixels(image)
        case BmpImageFile() if any(tile.codec_name == "bmp_rle" for tile in image.tile):
            cpu_ns = max(len(data), pixels) * _NS_A_RUN_LENGTH_PIXEL
    return Cost(stored + pixels * _DECODER_BYTES.get(kind, 0), cpu_ns / 1e9)


def refuse_costly(size: tuple[int, int], cost: Cost) -> None:
    """Refuses what is over a limit, and names the number.

    Raises:
        ImageTooLarge: it is.
    """
    if max(size) > MAX_SIDE:
        raise ImageTooLarge(
            f"The picture is {size[0]} x {size[1]} pixels; a side has at most {MAX_SIDE:,}. Send a part of it."
        )
    if cost.memory_bytes > MAX_MEMORY_BYTES:
        raise ImageTooLarge(
            f"The picture, {size[0]} x {size[1]} pixels, would take {cost.memory_bytes / 2**20:,.0f} MB of memory to"
            f" decode; at most {MAX_MEMORY_BYTES // 2**20} MB are given to one. Send a smaller copy, or a JPEG."
        )
    if cost.cpu_s > MAX_CPU_S:
        raise ImageTooLarge(
            f"The picture would take about {cost.cpu_s:.1f} seconds to decode; at most {MAX_CPU_S:.0f} are given to"
            " one. Open it and save it as an ordinary JPEG, or send a smaller copy."
        )


def refuse_endless_parts(data: bytes, kind: str | None) -> None:
    """Looks at the parts of a file before Pillow does, which takes seconds for millions of empty ones.

    Args:
        data: the whole file.
        kind: what it begins as, see `formats.sniff`.

    Raises:
        InvalidImage: it has far more parts than any real one.
    """
    match kind:
        case "JPEG":
            _refuse_more_than(_MAX_SEGMENTS, _jpeg_segments(data), "segments")
        case "PNG":
            _refuse_more_than(_MAX_CHUNKS, _png_chunks(data), "chunks")
        case "GIF":
            _refuse_more_than(_MAX_BLOCKS, _gif_blocks(data), "blocks")
        case "TIFF":
            _refuse_more_than(_MAX_STRIPS, _tiff_values(data), "strips, tiles or values")


def _jpeg_cost(image: JpegImageFile, data: bytes, needed_short_side: int | None) -> Cost:
    pixels = image.width * image.height
    largest = max((layer[1] * layer[2] for layer in image.layer), default=1)
    samples = pixels * sum(layer[1] * layer[2] for layer in image.layer) / largest
    scans = len(_SCAN.findall(data)) if _may_have_several_scans(image, data) else 1
    factor = reduction(image.size, needed_short_side)
    scale = next(scale for scale in (8, 4, 2, 1) if factor >= scale)
    # With several scans, all coefficients are held at full size, two bytes each.
    coefficients = 2 * samples if scans > 1 else 0
    stored = pixels / scale**2 * (_BYTES_A_PIXEL.get(image.mode, 4) + _COPIED_BYTES_A_PIXEL.get(image.mode, 8))
    cpu_ns = pixels * (_NS_A_PIXEL["JPEG"] if scale == 1 else _NS_A_REDUCED_PIXEL)
    return Cost(int(stored + coefficients), (cpu_ns + scans * (_NS_A_SCAN + samples * _NS_A_SCANNED_SAMPLE)) / 1e9)


def _may_have_several_scans(image: JpegImageFile, data: bytes) -> bool:
    """False where the first scan has all components: a decoder goes no further, and to look for others takes 3 ms."""
    return "progressive" in image.info or _components_of_first_scan(data) != len(image.layer)


def _components_of_first_scan(data: bytes) -> int:
    """0 where there is no scan."""
    *_, (_, marker_at) = _jpeg_markers(data)
    head = data[marker_at : marker_at + 4]  # Marker, two bytes of length, number of components.
    return head[3] if len(head) == 4 and head[0] == 0xDA else 0


def _area(extents: tuple[int, int, int, int] | None) -> int:
    left, upper, right, lower = extents or (0, 0, 0, 0)
    return max(0, right - left) * max(0, lower - upper)


def _tile_pixels(image: TiffImageFile) -> int:
    """A tile is decoded whole, even where the picture is smaller."""
    width, height = (int(image.tag_v2.get(tag, 1)) for tag in (TILEWIDTH, TILELENGTH))
    return width * height


def _refuse_more_than(limit: int, parts: Iterator[int], what: str) -> None:
    total = 0
    for count in parts:
        total += count
        if total > limit:
            raise InvalidImage(
                f"The picture is stored in more than {limit:,} {what}. Open it and save it as JPEG or PNG."
            )


def _jpeg_segments(data: bytes) -> Iterator[int]:
    """Segments before the first scan. Bytes between them count too, for each is read on its own."""
    return (marker_at - at for at, marker_at in _jpeg_markers(data))


def _jpeg_markers(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each segment ended, and where the marker after it has its second byte; the last: a scan, or the end."""
    at = 2
    while (begin := data.find(b"\xff", at)) >= 0:
        marker_at = _FILL.match(data, begin).end()  # type: ignore[union-attr]  # One byte of it was found.
        yield at, marker_at
        marker = data[marker_at : marker_at + 1]
        if marker in {b"\xda", b"\xd9", b""}:
            return
        at = marker_at + 1
        if marker not in _BARE_MARKERS:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    yield at, len(data)


def _png_chunks(data: bytes) -> Iterator[int]:
    at = 8
    while (name := _CHUNK_NAME.match(data, at + 4)) and name[0] != b"IEND":  # A broken one: Pillow says so.
        yield 1
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def _gif_blocks(data: bytes) -> Iterator[int]:
    """Blocks of all extensions before the first frame, and stray bytes between them."""
    at = 13 + (3 << (data[10] % 8 + 1) if len(data) > 10 and data[10] & 0x80 else 0)
    while at < len(data) and data[at : at + 1] != b",":  # A frame begins.
        yield 1
        if data[at : at + 1] != b"!":
            at += 1
            continue
        at += 2
        while at < len(data) and data[at]:
            yield 1
            at += 1 + data[at]
        at += 1


def _tiff_values(data: bytes) -> Iterator[int]:
    """Values of the first directory: Pillow makes an object of each, 1.5 GB of 5 million strips."""
    order = "<" if data[:2] == b"II" else ">"
    big = b"+" in data[2:4]  # BigTIFF
    entry = struct.Struct(order + ("HHQ8x" if big else "HHI4x"))
    try:
        [directory] = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        [entries] = struct.unpack_from(order + ("Q" if big else "H"), data, directory)
    except (struct.error, OverflowError):
        return  # A broken one: Pillow says so.
    start = directory + (8 if big else 2)
    table = data[start : start + entries * entry.size]
    for _, kind, count in entry.iter_unpack(table[: len(table) // entry.size * entry.size]):
        yield 1 if kind in _TIFF_TEXT_AND_BYTES else count
