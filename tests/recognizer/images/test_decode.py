"""What comes from outside is an upright RGB picture or one of three errors, and costs little either way."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from recognizer.errors import ImageError, ImageTooLarge, InvalidImage, NotEnoughMemory, UnsupportedFormat
from recognizer.images import decode, decoding_limits
from tests.recognizer.fakes import (
    BLUE,
    FORMATS,
    GREEN,
    RED,
    encoded,
    orientation_exif,
    plain,
    png,
    png_chunk,
    quadrants,
    tiff,
    tiff_data_offset,
    turned_away,
)

TURNING_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")


def pixels(data: bytes, **options: int) -> np.ndarray:
    return np.asarray(decode.decode(data, **options).rgb).astype(int)


def assert_looks_like(actual: np.ndarray, expected: Image.Image, tolerance: int) -> None:
    difference = np.abs(actual - np.asarray(expected).astype(int))
    assert difference.mean() <= tolerance


# Formats and modes


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_read(kind: str) -> None:
    data = encoded(quadrants(), kind, **FORMATS[kind])

    picture = decode.decode(data)

    assert picture.rgb.mode == "RGB"
    assert (picture.width, picture.height) == (40, 24)
    assert_looks_like(np.asarray(picture.rgb).astype(int), quadrants(), 3)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("P", "GIF"),
        ("P", "BMP"),
        ("PA", "TIFF"),
        ("RGB", "TIFF"),
        ("RGBA", "PNG"),
        ("RGBA", "WEBP"),
        ("RGBA", "TIFF"),
        ("RGBX", "TIFF"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "TIFF"),
        ("YCbCr", "JPEG"),
        ("LAB", "TIFF"),
        ("I;16", "PNG"),
        ("I;16", "TIFF"),
        ("I;16B", "TIFF"),
        ("I", "TIFF"),
    ],
)
def test_every_mode_becomes_rgb(mode: str, kind: str) -> None:
    image = Image.new(mode, (9, 5))

    picture = decode.decode(encoded(image, kind))

    assert (picture.rgb.mode, picture.rgb.size) == ("RGB", (9, 5))


def test_floating_point_pixels_up_to_one_are_shares_of_white() -> None:
    values = np.array([[0.0, 0.5, 1.0, np.nan, -3.0]], np.float32)

    assert pixels(encoded(Image.fromarray(values), "TIFF"))[0, :, 0].tolist() == [0, 128, 255, 0, 0]


def row(mode: str, *values: Any, palette: Sequence[int] = ()) -> Image.Image:
    """A picture that is one pixel high."""
    image = Image.new(mode, (len(values), 1))
    if palette:
        image.putpalette(palette)
    image.putdata(values)
    return image


WHITE = [255] * 3
TWO_COLOURS = (10, 20, 30, 200, 100, 50)
SIXTEEN_BITS = [0, 0x8000, 0xFFFF]


@pytest.mark.parametrize(
    ("data", "colours"),
    [
        pytest.param(encoded(row("1", 0, 1)), [[0] * 3, WHITE], id="black and white"),
        pytest.param(encoded(row("P", 1, palette=TWO_COLOURS)), [[200, 100, 50]], id="of a palette"),
        pytest.param(encoded(row("RGBA", (255, 0, 0, 128))), [[255, 127, 127]], id="half transparent red is pink"),
        pytest.param(
            encoded(row("P", 0, 1, palette=TWO_COLOURS), transparency=0), [WHITE, [200, 100, 50]], id="palette of a PNG"
        ),
        pytest.param(
            encoded(row("P", 0, 1, palette=TWO_COLOURS), "GIF", transparency=0),
            [WHITE, [200, 100, 50]],
            id="palette of a GIF",
        ),
        pytest.param(
            encoded(row("RGB", (10, 20, 30), (200, 100, 50)), transparency=(10, 20, 30)),
            [WHITE, [200, 100, 50]],
            id="a transparent colour",
        ),
        pytest.param(encoded(row("L", 7, 90), transparency=7), [WHITE, [90] * 3], id="a transparent grey"),
        pytest.param(
            encoded(Image.frombytes("I;16", (3, 1), np.array(SIXTEEN_BITS, "<u2").tobytes()), "TIFF"),
            [[0] * 3, [128] * 3, WHITE],
            id="16 bits",
        ),
        pytest.param(
            encoded(Image.frombytes("I;16B", (3, 1), np.array(SIXTEEN_BITS, ">u2").tobytes()), "TIFF"),
            [[0] * 3, [128] * 3, WHITE],
            id="16 bits in the other order",
        ),
        pytest.param(
            png(2, 1, zlib.compress(b"\0" + struct.pack(">HH", 0x80FF, 0xFFFF)), depth=16),
            [[128] * 3, WHITE],
            id="16 bits of a PNG",
        ),
        pytest.param(
            encoded(Image.fromarray(np.array([[-5, 0x4000, 2**31 - 1]], np.int32)), "TIFF"),
            [[0] * 3, [64] * 3, WHITE],
            id="32 bits are clipped",
        ),
    ],
)
def test_colours_are_those_that_were_meant(data: bytes, colours: list[list[int]]) -> None:
    assert pixels(data)[0].tolist() == colours


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("PA", "TIFF"), ("RGBA", "TIFF")])
def test_what_is_transparent_is_white(mode: str, kind: str) -> None:
    image = Image.new(mode, (3, 3), (0,) * len(mode))

    assert (pixels(encoded(image, kind)) == 255).all()


def test_cmyk_has_the_colours_that_were_meant() -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))

    red, green, blue = pixels(encoded(cyan, "TIFF"))[8, 8]

    assert red < 60
    assert min(green, blue) > 150


def test_adobe_cmyk_jpegs_are_inverted_back() -> None:
    paper = encoded(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG")  # Pillow writes them as Adobe does.

    assert b"Adobe" in paper
    assert pixels(paper)[8, 8].min() > 250


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}

    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)

    assert pixels(data)[4, 4].tolist() == list(RED)


# Orientation


@pytest.mark.parametrize("kind", TURNING_FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_put_upright(kind: str, orientation: int) -> None:
    stored = turned_away(quadrants(), orientation)
    data = encoded(stored, kind, exif=orientation_exif(orientation), **FORMATS[kind])

    picture = decode.decode(data)

    assert (picture.width, picture.height) == (40, 24)
    assert_looks_like(np.asarray(picture.rgb).astype(int), quadrants(), 3)


@pytest.mark.parametrize("kind", TURNING_FORMATS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_upright_full_size_is_reported_when_the_picture_is_reduced(kind: str, orientation: int) -> None:
    stored = turned_away(quadrants(800, 480), orientation)
    data = encoded(stored, kind, exif=orientation_exif(orientation), **FORMATS[kind])

    picture = decode.decode(data, needed_short_side=32)

    assert (picture.width, picture.height) == (800, 480)
    assert 32 * decoding_limits.REDUCED_MARGIN <= picture.rgb.height < 480
    assert picture.rgb.width > picture.rgb.height


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(value: int) -> None:
    data = encoded(quadrants(), exif=orientation_exif(value))

    assert_looks_like(pixels(data), quadrants(), 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0garbage in place of a header",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01",
    ],
)
def test_a_broken_exif_block_turns_nothing(kind: str, exif: bytes) -> None:
    data = encoded(quadrants(), kind, exif=exif, **FORMATS[kind])

    assert_looks_like(pixels(data), quadrants(), 3)


# Limits


def large_gif(place: int) -> bytes:
    """Claims to be 65,535 pixels wide and high."""
    data = bytearray(plain(RED, "GIF"))
    data[place : place + 4] = struct.pack("<HH", 65_535, 65_535)
    return bytes(data)


def large_tile() -> bytes:
    tile = zlib.compress(bytes(1000))
    tags = [
        *[(256, 4, 1, 100), (257, 4, 1, 100), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1)],
        *[(322, 4, 1, 30_000), (323, 4, 1, 30_000), (324, 4, 1, tiff_data_offset(10)), (325, 4, 1, len(tile))],
    ]
    return tiff(tags, tile)


def endless_scans() -> bytes:
    data = encoded(Image.new("L", (64, 64), 128), "JPEG", progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + 300_000 * last_scan + b"\xff\xd9"


def endless_strips() -> bytes:
    rows = 100_001
    tags = [
        *[(256, 4, 1, 1), (257, 4, 1, rows), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)],
        *[(273, 4, rows, tiff_data_offset(8)), (277, 3, 1, 1), (278, 3, 1, 1)],
    ]
    return tiff(tags, struct.pack("<I", 8) * rows)


def endless_strips_of_a_big_tiff() -> bytes:
    entry = struct.pack("<HHQQ", 273, 4, 2**40, 8)
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1) + entry + bytes(8)


def run_length_coded_bmp(side: int) -> bytes:
    """Each row is one run of 5 pixels and an end-of-line mark."""
    rows = b"\x01\x05\x00\x00" * side
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(rows), 0, 0, 256, 0) + bytes(1024)
    return b"BM" + struct.pack("<IHHI", 54 + 1024 + len(rows), 0, 0, 54 + 1024) + header + rows


def png_bomb(width: int, height: int) -> bytes:
    return png(width, height, zlib.compress(bytes(10_000)))


@pytest.mark.parametrize(
    ("make", "error", "reason"),
    [
        (lambda: bytes(decode.MAX_BYTES + 1), ImageTooLarge, r"50\.0 MB"),
        (lambda: png(20_000, 12_000, b"", colour_type=2), ImageTooLarge, r"take [\d,]+ MB of memory .*at most 512 MB"),
        (lambda: png(1, 50_000_000, b""), ImageTooLarge, r"a side has at most 65,535"),
        (lambda: png_bomb(60_000, 60_000), ImageTooLarge, "pixels"),
        (lambda: png_bomb(2**31 - 1, 2**31 - 1), ImageTooLarge, "pixels"),
        (lambda: large_gif(6), ImageTooLarge, "pixels"),
        # A frame that is larger than its GIF.
        (lambda: large_gif(plain(RED, "GIF").index(b",\0\0\0\0") + 5), ImageTooLarge, "pixels"),
        (large_tile, ImageTooLarge, "MB of memory"),
        (endless_scans, ImageTooLarge, "seconds to decode"),
        (endless_strips, InvalidImage, "strips"),
        (endless_strips_of_a_big_tiff, InvalidImage, "strips"),
        (lambda: run_length_coded_bmp(7_000), ImageTooLarge, "seconds to decode"),
    ],
)
def test_what_would_cost_too_much_is_refused(make: Callable[[], bytes], error: type[ImageError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        decode.decode(make(), needed_short_side=224)


def test_as_many_bytes_as_the_limit_are_looked_at() -> None:
    data = plain(RED).ljust(decode.MAX_BYTES, b"\0")

    assert decode.decode(data).width == 32


@pytest.mark.parametrize("offset", [2**62, 2**63, 2**64 - 1])
def test_a_big_tiff_that_points_beyond_everything_is_invalid(offset: int) -> None:
    with pytest.raises(InvalidImage):
        decode.decode(b"II+\0\x08\0\0\0" + struct.pack("<Q", offset) + bytes(40))


def test_a_tiff_of_some_strips_is_read() -> None:
    data = encoded(quadrants(64, 3000), "TIFF", tiffinfo={278: 1})

    assert_looks_like(pixels(data), quadrants(64, 3000), 0)


def test_a_small_run_length_coded_bmp_is_read() -> None:
    assert decode.decode(run_length_coded_bmp(50)).width == 50


def test_a_progressive_jpeg_is_read() -> None:
    data = encoded(quadrants(), "JPEG", progressive=True, quality=95, subsampling=0)

    assert_looks_like(pixels(data), quadrants(), 3)


def test_a_compressed_comment_does_not_fill_the_memory() -> None:
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9))
    data = png(1, 1, zlib.compress(b"\0\x80"), extra=bomb)

    with pytest.raises(ImageError):
        decode.decode(data)


_OUTSIDE_OF_TESTS = """
import sys
from PIL import Image
from recognizer.images import decode
print(decode.decode(sys.stdin.buffer.read()).width)
try:
    Image._decompression_bomb_check((30_000, 10_000))
except Image.DecompressionBombWarning:
    print("refused")
"""


@pytest.mark.slow
def test_outside_of_tests_bad_exif_warns_nobody_and_the_decompression_bomb_warning_is_an_error() -> None:
    data = encoded(quadrants(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")

    result = subprocess.run([sys.executable, "-c", _OUTSIDE_OF_TESTS], input=data, capture_output=True, check=True)

    assert (result.stdout, result.stderr) == (b"40\nrefused\n", b"")


# Broken and foreign files


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"hello", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBP", b"II*\0"]
)
def test_what_is_no_picture_is_invalid(data: bytes) -> None:
    with pytest.raises(InvalidImage):
        decode.decode(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "video"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<svg xmlns=''/>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%!PS-Adobe-3.0", "PostScript"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"\0\0\1\0\1\0", "icon"),
        (b"DDS |\0\0\0", "DDS"),
        (b"qoif\0\0\0\1", "QOI"),
    ],
)
def test_a_foreign_format_is_named(data: bytes, kind: str) -> None:
    with pytest.raises(UnsupportedFormat, match=kind):
        decode.decode(data)


def test_a_truncated_jpeg_is_invalid() -> None:
    data = encoded(quadrants(200, 100), "JPEG")

    with pytest.raises(InvalidImage):
        decode.decode(data[: len(data) // 2])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_cut_off_anywhere_is_an_image_error_or_a_picture(kind: str) -> None:
    data = encoded(quadrants(), kind, **FORMATS[kind])

    for length in range(0, len(data), max(1, len(data) // 60)):
        assert_is_answered(data[:length])


def assert_is_answered(data: bytes, *, needed_short_side: int | None = None) -> None:
    try:
        picture = decode.decode(data, needed_short_side=needed_short_side)
    except ImageError:
        return
    assert picture.rgb.mode == "RGB"
    assert 0 < picture.width * picture.height <= decoding_limits.MAX_PIXELS_INSIDE
    assert 0 < picture.rgb.width * picture.rgb.height <= decoding_limits.MAX_PIXELS_INSIDE


@settings(max_examples=100)
@given(data=st.binary(max_size=300))
def test_random_bytes_are_answered(data: bytes) -> None:
    assert_is_answered(data)


def small_files() -> list[bytes]:
    noisy = Image.fromarray(np.random.default_rng(5).integers(0, 256, (12, 17, 3), np.uint8))
    files = [encoded(noisy, kind, **FORMATS[kind]) for kind in FORMATS]
    turned = [encoded(noisy, kind, exif=orientation_exif(6), **FORMATS[kind]) for kind in TURNING_FORMATS]
    packed = [encoded(noisy, "TIFF", compression=name) for name in ("tiff_lzw", "tiff_adobe_deflate", "jpeg")]
    packed.append(encoded(noisy, "TIFF", big_tiff=True))
    modes = [encoded(noisy.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGBA", "I;16")]
    animated = [encoded(noisy, kind, save_all=True, append_images=[noisy.rotate(180)]) for kind in ("GIF", "WEBP")]
    return [*files, *turned, *packed, *modes, *animated, encoded(noisy, "JPEG", progressive=True)]


SMALL_FILES = small_files()


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SMALL_FILES)))
    places = st.integers(0, len(data) - 1) | st.integers(0, min(80, len(data) - 1))
    for _ in range(draw(st.integers(1, 6))):
        data[draw(places)] = draw(st.integers(0, 255) | st.sampled_from([0, 1, 127, 128, 255]))
    return bytes(data[: draw(st.just(len(data)) | st.integers(0, len(data)))])


@settings(max_examples=120)
@given(data=damaged_files(), needed_short_side=st.none() | st.integers(1, 300))
def test_damaged_files_are_answered(data: bytes, needed_short_side: int | None) -> None:
    assert_is_answered(data, needed_short_side=needed_short_side)


# Decoding at the scale that is needed


def test_a_large_jpeg_is_decoded_smaller_than_it_is() -> None:
    data = encoded(Image.linear_gradient("L").resize((4000, 3000)), "JPEG")

    picture = decode.decode(data, needed_short_side=224)

    assert (picture.width, picture.height) == (4000, 3000)
    assert 224 * decoding_limits.REDUCED_MARGIN <= picture.rgb.height < 1000


def test_a_large_png_does_not_stay_large_in_memory() -> None:
    data = encoded(Image.new("L", (2000, 1500)), "PNG")

    picture = decode.decode(data, needed_short_side=224)

    assert (picture.width, picture.height) == (2000, 1500)
    assert 224 * decoding_limits.REDUCED_MARGIN <= picture.rgb.height < 600


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_reduced_picture_gives_nearly_the_same_network_input(kind: str) -> None:
    smooth = quadrants(1200, 960).effect_spread(40)
    data = encoded(smooth, kind)

    reduced = decode.decode(data, needed_short_side=224).rgb.resize((224, 224), Image.Resampling.BILINEAR)
    full = decode.decode(data).rgb.resize((224, 224), Image.Resampling.BILINEAR)

    assert reduced.size == full.size
    assert_looks_like(np.asarray(reduced).astype(int), full, 2)


def test_a_small_picture_is_left_as_it_is() -> None:
    picture = decode.decode(encoded(quadrants(300, 260)), needed_short_side=224)

    assert picture.rgb.size == (300, 260)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_extreme_proportions_are_read(size: tuple[int, int], kind: str) -> None:
    picture = decode.decode(encoded(Image.new("RGB", size), kind), needed_short_side=224)

    assert (picture.width, picture.height) == size


# Pictures from the world


_IN_LITTLE_MEMORY = """
import pathlib, resource, sys
from recognizer.images import decode; from recognizer import errors
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
answered = 0
for path in pathlib.Path(sys.argv[1]).rglob("*"):
    if path.is_file():
        try:
            decode.decode(path.read_bytes(), needed_short_side=224)
        except errors.ImageError:
            pass
        answered += 1
print(answered, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
def test_all_odd_images_are_answered_in_little_memory(shared: Path) -> None:
    command = [sys.executable, "-c", _IN_LITTLE_MEMORY, str(shared / "data/odd-images")]

    result = subprocess.run(command, capture_output=True, check=True, text=True)

    answered, grown_mb = map(int, result.stdout.split())
    assert answered > 200
    assert grown_mb < 300


def test_the_eight_orientations_of_one_photograph_agree(shared: Path) -> None:
    files = sorted((shared / "data/odd-images/exif-orientation").glob("*.jpg"))

    thumbnails = [np.asarray(decode.decode(f.read_bytes()).rgb.resize((60, 40))).astype(int) for f in files]

    assert max(np.abs(other - thumbnails[0]).mean() for other in thumbnails) < 8


@pytest.mark.parametrize("step", ["open", "load"])
def test_where_memory_runs_out_the_picture_is_not_to_blame(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    def fail(*args: object, **options: object) -> NoReturn:
        raise MemoryError

    data = plain(RED, "JPEG")
    monkeypatch.setattr(Image if step == "open" else JpegImageFile, step, fail)

    with pytest.raises(NotEnoughMemory, match="not enough memory") as refused:
        decode.decode(data)

    assert refused.value.code == "overloaded"
    assert "not enough memory" in caplog.text


def test_a_picture_that_lies_about_its_pixels_is_still_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_more(*args: object, **options: object) -> NoReturn:
        raise Image.DecompressionBombError

    data = plain(RED, "JPEG")
    monkeypatch.setattr(JpegImageFile, "load", find_more)

    with pytest.raises(ImageTooLarge, match="more pixels than it first says"):
        decode.decode(data)
