"""A picture is refused for what it costs, before it costs it."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from recognizer.errors import ImageTooLarge, InvalidImage
from recognizer.images import decode, decoding_limits
from tests.recognizer.fakes import encoded, png, png_chunk, quadrants

JPEG = encoded(Image.new("RGB", (64, 64)), "JPEG")
PNG = encoded(Image.new("RGB", (64, 64)), "PNG")
GIF = encoded(Image.new("P", (64, 64)), "GIF")
ENOUGH = 1_500_000


# Parts without end


@pytest.mark.parametrize(
    "data",
    [
        JPEG[:2] + b"\xff" * ENOUGH + JPEG[2:],
        JPEG[:2] + b"\xff\xe5\0\2" * ENOUGH + JPEG[2:],
        JPEG[:2] + b"\xff\xfe\0\3x" * ENOUGH + JPEG[2:],
        JPEG[:2] + b"\xff\0" * ENOUGH + JPEG[2:],
        JPEG[:2] + b"\xff\xd0" * ENOUGH + JPEG[2:],
        JPEG[:3] + b"\xe5\0\2" + b"\0" * ENOUGH + JPEG[2:],
        JPEG[:2] + b"\xff\xe5\0\2" + b"x" * ENOUGH,
        PNG[:33] + png_chunk(b"teSt", b"") * ENOUGH + PNG[33:],
        PNG[:33] + png_chunk(b"IDAT", b"") * ENOUGH + PNG[33:],
        GIF[:13] + b"!\xfe\1x\0" * ENOUGH + GIF[13:],
        GIF[:13] + b"!\xfe" + b"\1x" * ENOUGH + b"\0" + GIF[13:],
        GIF[:13] + b"?" * ENOUGH + GIF[13:],
        b"II*\0" + struct.pack("<IHHHII", 8, 1, 320, 3, ENOUGH, 26) + bytes(2 * ENOUGH),
        b"MM\0*" + struct.pack(">IHHHII", 8, 1, 279, 4, ENOUGH, 26) + bytes(4 * ENOUGH),
    ],
    ids=[
        *("fill bytes", "empty segments", "comments", "stuffed bytes", "restart markers", "junk", "junk to the end"),
        *("unknown chunks", "empty image data", "comments of a GIF", "one long comment", "stray bytes"),
        *("a colour map of a TIFF", "strips"),
    ],
)
def test_millions_of_small_parts_are_refused_before_pillow_is_asked(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("It takes seconds for these."))

    with pytest.raises(InvalidImage, match=r"stored in more than [\d,]+"):
        decode.decode(data)


def test_as_many_segments_as_a_phone_writes_are_read() -> None:
    depth_map = b"\xff\xe1" + struct.pack(">H", 65_000) + bytes(64_998)

    assert decode.decode(JPEG[:2] + depth_map * 300 + JPEG[2:]).width == 64


def test_a_png_in_small_chunks_is_read() -> None:
    whole = png(64, 64, b"")
    data = zlib.compress(b"".join(b"\0" + np.random.default_rng(row).bytes(64) for row in range(64)), 0)
    pieces = b"".join(png_chunk(b"IDAT", data[at : at + 4]) for at in range(0, len(data), 4))

    assert decode.decode(whole[:33] + pieces + whole[-12:]).width == 64


# Memory and time


def test_a_side_has_a_limit_of_its_own() -> None:
    with pytest.raises(ImageTooLarge, match=r"1 x 50000000 pixels; a side has at most 65,535"):
        decode.decode(png(1, 50_000_000, zlib.compress(bytes(1000))))


@pytest.mark.parametrize(("width", "height"), [(8160, 6144), (12_000, 9_000), (16_320, 12_240)])
def test_jpegs_of_large_phones_are_read_at_a_reduced_scale(width: int, height: int) -> None:
    buffer = io.BytesIO()
    Image.new("L", (width, height), 77).save(buffer, "JPEG")

    picture = decode.decode(buffer.getvalue(), needed_short_side=224)

    assert (picture.width, picture.height) == (width, height)
    assert max(picture.rgb.size) < 3000


def test_a_progressive_jpeg_costs_its_scans() -> None:
    buffer = io.BytesIO()
    Image.new("L", (7000, 7000)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last_scan = data[data.rindex(b"\xff\xda") : -2]

    assert decode.cost(data, needed_short_side=224).cpu_s < 1
    with pytest.raises(ImageTooLarge, match=r"about [\d.]+ seconds to decode; at most 3"):
        decode.decode(data[:-2] + 90 * last_scan + b"\xff\xd9", needed_short_side=224)


def test_what_only_looks_like_scans_costs_nothing() -> None:
    like_a_scan = b"\xff\xda\x00\x08\x01"
    plain, noted = io.BytesIO(), io.BytesIO()
    picture = Image.new("L", (7000, 7000))
    picture.save(plain, "JPEG")
    picture.save(noted, "JPEG", comment=1000 * like_a_scan)

    assert decode.cost(noted.getvalue()) == decode.cost(plain.getvalue())


def test_a_jpeg_whose_first_scan_has_not_all_components_costs_all_its_scans() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4000, 4000)).save(buffer, "JPEG", restart_marker_rows=0)
    data = buffer.getvalue()
    scan_at = data.rindex(b"\xff\xda\x00\x0c\x03")
    of_one_component = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data[scan_at + 14 :]
    in_scans = data[:scan_at] + 40 * of_one_component

    assert decode.cost(in_scans).cpu_s > 5 * decode.cost(data).cpu_s


def test_what_is_no_picture_costs_nothing() -> None:
    assert decode.cost(b"hello") == decoding_limits.Cost(0, 0.0)


_PEAK = """
import re, sys
from pathlib import Path
from recognizer.images import decode
def peak():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
data = sys.stdin.buffer.read()
decode.decode(Path(sys.argv[1]).read_bytes(), needed_short_side=224)  # Every library is loaded.
before = peak()
decode.decode(data, needed_short_side=224)
print(peak() - before, decode.cost(data, needed_short_side=224).memory_bytes)
"""


def _noise(width: int, height: int) -> Image.Image:
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 256, (height // 8, width // 8, 3), np.uint8)).resize((width, height))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "RGB", {}),
        ("JPEG", "RGB", {"progressive": True, "subsampling": 0}),
        ("JPEG", "CMYK", {"progressive": True}),
        ("PNG", "RGB", {"compress_level": 1}),
        ("PNG", "RGBA", {"compress_level": 1}),
        ("PNG", "L", {"compress_level": 1}),
        ("PNG", "LA", {"compress_level": 1}),
        ("PNG", "I;16", {"compress_level": 1}),
        ("WEBP", "RGB", {"method": 0}),
        ("WEBP", "RGBA", {"method": 0}),
        ("GIF", "P", {}),
        ("BMP", "RGB", {}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}),
        ("TIFF", "RGBA", {"compression": "tiff_adobe_deflate"}),
        ("AVIF", "RGB", {"speed": 10}),
        ("HEIF", "RGB", {"quality": 50, "enc_params": {"preset": "ultrafast"}}),
    ],
    ids=str,
)
def test_a_picture_takes_no_more_memory_than_was_said(
    kind: str, mode: str, options: dict[str, object], tmp_path: object
) -> None:
    small = tmp_path / "small"  # type: ignore[operator]
    small.write_bytes(encoded(quadrants(), kind if kind != "BMP" else "PNG"))
    data = encoded(_noise(4000, 3000).convert(mode), kind, **options)

    result = subprocess.run([sys.executable, "-c", _PEAK, str(small)], input=data, capture_output=True, check=True)

    taken, said = map(int, result.stdout.split())
    assert taken <= 1.15 * said + 8 * 2**20
    assert taken >= 0.4 * said - 8 * 2**20  # Nobody is turned away for a cost that is not there.
