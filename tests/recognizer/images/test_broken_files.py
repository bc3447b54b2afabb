"""A picture that is damaged is told from what never was one, for the cures differ: another copy, or another file."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from recognizer.errors import DamagedImage, EmptyFile, ImageError, NotAnImage, PointerFile, UnsupportedFormat
from recognizer.images import decode
from tests.recognizer.fakes import FORMATS, encoded

NOISE = np.random.default_rng(3)
# Cut off by few bytes, some formats are whole: a PNG without its last chunk, an MPO without its second picture.
LARGEST_SHARE = {"MPO": 0.4}


def noise(kind: str) -> bytes:
    """A picture whose pixels fill most of its file."""
    return encoded(Image.fromarray(NOISE.integers(0, 256, (80, 120, 3), np.uint8)), kind, **FORMATS[kind])


def zip_of_nothing() -> bytes:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_whose_end_is_missing_is_damaged(kind: str, share: float) -> None:
    data = noise(kind)

    with pytest.raises(DamagedImage, match="damaged or incomplete"):
        decode.decode(data[: int(len(data) * min(share, LARGEST_SHARE.get(kind, 1)))])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_of_which_only_the_first_bytes_came_is_damaged(kind: str) -> None:
    with pytest.raises(DamagedImage):
        decode.decode(noise(kind)[:20])


def test_a_png_whose_second_half_was_never_written_is_damaged_and_not_of_endless_parts() -> None:
    data = noise("PNG") + noise("PNG") * 20
    half = data[: len(data) // 20]

    with pytest.raises(DamagedImage):
        decode.decode(half[:2000] + bytes(1_000_000))


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"\xef\xbb\xbfhello",
        b'{"error": "not found"}',
        b"BMW is a car, and BM are the first two letters of a bitmap.",
        b"BM",
        b"[InternetShortcut]\r\nURL=https://example.org/cat.jpg\r\n",
        b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ",  # What macOS writes as ._cat.jpg.
        NOISE.bytes(5000),
        b"\xff" * 5000,
    ],
)
def test_what_never_was_a_picture_is_none(data: bytes) -> None:
    with pytest.raises(NotAnImage, match="not a picture that can be read here"):
        decode.decode(data)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(100_000)])
def test_a_file_that_holds_nothing_is_empty(data: bytes) -> None:
    with pytest.raises(EmptyFile, match=r"Copy or download it again\."):
        decode.decode(data)


@pytest.mark.parametrize(
    ("data", "cure"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "git lfs pull"),
        (b"\xef\xbb\xbfversion https://git-lfs.github.com/spec/v1\r\n", "git lfs pull"),
        (b"/annex/objects/SHA256E-s120--ab.jpg\n", "git annex get"),
    ],
)
def test_a_pointer_says_how_to_fetch_the_picture(data: bytes, cure: str) -> None:
    with pytest.raises(PointerFile, match=f"Fetch it: {cure}"):
        decode.decode(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (zip_of_nothing(), "archive"),
        (b"\r\n\r\n<!DOCTYPE html><title>Not found</title>", "web page"),
        (b"\xef\xbb\xbf<HTML>", "web page"),
        (b"<!-- saved from url=(0014)about:internet --><html>", "web page"),
        (b"\n<?xml version='1.0'?><svg/>", "SVG"),
        (b"gimp xcf v011\0", "GIMP"),
    ],
)
def test_another_kind_of_file_is_named(data: bytes, kind: str) -> None:
    with pytest.raises(UnsupportedFormat, match=kind):
        decode.decode(data)


def test_each_reason_is_one_word_of_its_own() -> None:
    reasons = [error.reason for error in (DamagedImage, EmptyFile, NotAnImage, PointerFile)]

    assert reasons == ["damaged", "empty", "not_an_image", "pointer"]
    assert ImageError.reason == ""
