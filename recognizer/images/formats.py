"""Which kind of image file some bytes are, by their beginning: names and suffixes are not believed."""

from __future__ import annotations

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")
"""Kinds that are read, as Pillow names them."""
READ_HERE = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF"
"""The same, as people name them."""
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".heic", ".heif", ".hif", ".avif"}
)
SNIFFED_BYTES = 64
"""How much of a file's beginning says what it is."""

_BEGINNINGS = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
# A BMP begins with two letters only, as many a text does; the length of its second header is one of these.
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_BMP_HEADER_AT = 14
# Files of the ISO family name their kinds ("brands") after `ftyp`; the first one alone is often a general one.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
)
# Kinds of file that people send by mistake, by their first bytes (offset, bytes).
_FOREIGN = {
    "camera raw": ((4, b"ftypcrx "), (0, b"FUJIFILMCCD-RAW"), (0, b"IIU\0"), (0, b"IIRO"), (0, b"IIRS"), (8, b"CR")),
    "video": ((4, b"ftyp"), (0, b"\x1aE\xdf\xa3"), (8, b"AVI "), (4, b"moov"), (4, b"mdat"), (0, b"\0\0\1\xba")),
    "PDF": ((0, b"%PDF"),),
    "Photoshop": ((0, b"8BPS"),),
    "GIMP": ((0, b"gimp xcf"),),
    "PostScript": ((0, b"%!PS"), (0, b"\xc5\xd0\xd3\xc6")),
    "JPEG 2000": ((0, b"\x00\x00\x00\x0cjP  "), (0, b"\xff\x4f\xff\x51")),
    "JPEG XL": ((0, b"\xff\x0a"), (0, b"\x00\x00\x00\x0cJXL ")),
    "icon": ((0, b"\x00\x00\x01\x00"), (0, b"icns")),
    "OpenEXR": ((0, b"v/1\x01"),),
    "DDS": ((0, b"DDS "),),
    "QOI": ((0, b"qoif"),),
    "archive": ((0, b"PK\x03\x04"), (0, b"PK\x05\x06"), (0, b"Rar!"), (0, b"7z\xbc\xaf"), (0, b"\x1f\x8b")),
}
# The same of kinds that are text, in small letters; white space and a byte order mark may come first.
_FOREIGN_TEXTS = {
    "SVG": (b"<svg", b"<?xml"),
    "web page": (b"<!doctype", b"<html", b"<head", b"<body", b"<!--"),
}
_BEFORE_TEXT = b"\xef\xbb\xbf \t\r\n"
# What versioned folders hold instead of a picture, and what fetches it.
_POINTERS = {b"version https://git-lfs": "git lfs pull", b"/annex/objects/": "git annex get"}


def sniff(data: bytes) -> str | None:
    """The kind of image file that bytes begin as, one of `FORMATS`; None: of none that is read.

    Args:
        data: a file, or its first `SNIFFED_BYTES`.
    """
    if data[4:8] == b"ftyp":
        return _iso_kind(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and _is_bmp(data):
        return "BMP"
    return next((kind for kind, beginnings in _BEGINNINGS.items() if data.startswith(beginnings)), None)


def foreign_kind(data: bytes) -> str | None:
    """What kind of file that is not read bytes begin as, in people's words; None: nobody knows."""
    for kind, signatures in _FOREIGN.items():
        if any(data.startswith(magic, offset) for offset, magic in signatures):
            return kind
    text = _beginning_of_text(data).lower()
    return next((kind for kind, beginnings in _FOREIGN_TEXTS.items() if text.startswith(beginnings)), None)


def pointer_cure(data: bytes) -> str | None:
    """The command that fetches the picture to which bytes only point; None: they are no such pointer."""
    text = _beginning_of_text(data)
    return next((cure for beginning, cure in _POINTERS.items() if text.startswith(beginning)), None)


def _beginning_of_text(data: bytes) -> bytes:
    return data[: 2 * SNIFFED_BYTES].lstrip(_BEFORE_TEXT)[:SNIFFED_BYTES]


def _is_bmp(data: bytes) -> bool:
    """Also where it is cut off before it says so, unless it is text."""
    header = data[_BMP_HEADER_AT : _BMP_HEADER_AT + 4]
    if len(header) < 4:
        return not data.decode("latin-1").isprintable()
    return int.from_bytes(header, "little") in _BMP_HEADERS


def _iso_kind(data: bytes) -> str | None:
    length = min(int.from_bytes(data[:4], "big"), SNIFFED_BYTES)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None
