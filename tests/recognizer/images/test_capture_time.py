"""The time at which a picture was taken: of what cameras write, and of what nobody should."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from PIL import ExifTags, Image

from recognizer.images.capture_time import taken


def picture(kind: str = "JPEG", exif: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(buffer, kind, exif=exif)
    return buffer.getvalue()


def exif_of(time: object) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = time
    return exif.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_the_time_is_read_in_each_kind_of_file(kind: str) -> None:
    assert taken(picture(kind, exif_of("2026:03:01 23:59:58"))) == datetime(2026, 3, 1, 23, 59, 58)  # noqa: DTZ001


@pytest.mark.parametrize(
    "time",
    [
        *("", "0000:00:00 00:00:00", "    :  :     :  :  ", "2026:13:01 00:00:00", "2026:03:01", "1970:01:01 00:00:00"),
        *("9999:12:31 23:59:59", "2026:03:01 23:59:58" * 1000, "２０２６:03:01 23:59:58".encode(), b"\xff\xfe\x00"),
    ],
)
def test_a_time_that_is_none_is_passed_over(time: object) -> None:
    assert taken(picture(exif=exif_of(time))) is None


def test_a_number_is_no_time() -> None:
    assert taken(picture(exif=exif_of(20260301))) is None


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0" + b"II*\0\x08\0\0\0" + b"\xff" * 200,  # Entries that point nowhere.
        b"Exif\0\0" + b"II*\0\x08\0\0\0" + b"\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0",  # A directory in itself.
        b"Exif\0\0" + b"MM",
        b"\0" * 60_000,
    ],
)
def test_a_broken_block_is_passed_over(block: bytes) -> None:
    assert taken(picture(exif=block)) is None


def test_a_picture_without_a_time_has_none() -> None:
    assert taken(picture()) is None
    assert taken(b"no picture") is None
