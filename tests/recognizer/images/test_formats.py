"""A file is what its first bytes say, whatever it is called."""

from __future__ import annotations

import pytest

from recognizer.images.formats import FORMATS, SNIFFED_BYTES, foreign_kind, sniff
from tests.recognizer import fakes
from tests.recognizer.fakes import encoded, quadrants


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_is_known_by_its_beginning(kind: str) -> None:
    data = encoded(quadrants(), kind, **fakes.FORMATS[kind])

    assert sniff(data[:SNIFFED_BYTES]) == kind


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        (b"heic" + bytes(4) + b"mif1heic", "HEIF"),
        (b"mif1" + bytes(4) + b"mif1heic", "HEIF"),
        (b"mif1" + bytes(4) + b"miafavif", "AVIF"),
        (b"avis" + bytes(4) + b"msf1miaf", "AVIF"),
        (b"hevx" + bytes(4) + b"msf1hevx", "HEIF"),
        (b"mp42" + bytes(4) + b"isommp42", None),
        (b"qt  " + bytes(4) + b"qt  ", None),
        (b"crx " + bytes(4) + b"crx isom", None),
    ],
)
def test_the_iso_family_is_told_apart_by_all_brands(brands: bytes, expected: str | None) -> None:
    data = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands

    assert sniff(data) == expected


def test_brands_beyond_the_box_do_not_count() -> None:
    assert sniff(b"\0\0\0\x14ftypmp42\0\0\0\0isomheic") is None


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"RIFF\0\0\0\0WAVE", b"hello world", b"\0\0\0\0ftyp"])
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert sniff(data) is None


def test_what_is_not_read_is_named_if_it_is_known() -> None:
    assert (foreign_kind(b"%PDF-1.7"), foreign_kind(b"<!DOCTYPE html>"), foreign_kind(b"hello")) == (
        "PDF",
        "web page",
        None,
    )
