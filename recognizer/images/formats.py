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
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
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
    "SVG": ((0, b"<svg"), (0, b"<?xml")),
    "web page": ((0, b"<!DOCTYPE"), (0, b"<!doctype"), (0, b"<html"), (0, b"<HTML")),
    "Photoshop": ((0, b"8BPS"),),
    "PostScript": ((0, b"%!PS"), (0, b"\xc5\xd0\xd3\xc6")),
    "JPEG 2000": ((0, b"\x00\x00\x00\x0cjP  "), (0, b"\xff\x4f\xff\x51")),
    "JPEG XL": ((0, b"\xff\x0a"), (0, b"\x00\x00\x00\x0cJXL ")),
    "icon": ((0, b"\x00\x00\x01\x00"),),
    "DDS": ((0, b"DDS "),),
    "QOI": ((0, b"qoif"),),
    "archive": ((0, b"PK\x03\x04"), (0, b"Rar!"), (0, b"7z\xbc\xaf"), (0, b"\x1f\x8b")),
}


def sniff(data: bytes) -> str | None:
    """The kind of image file that bytes begin as, one of `FORMATS`; None: of none that is read.

    Args:
        data: a file, or its first `SNIFFED_BYTES`.
    """
    if data[4:8] == b"ftyp":
        return _iso_kind(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for kind, beginnings in _BEGINNINGS.items() if data.startswith(beginnings)), None)


def foreign_kind(data: bytes) -> str | None:
    """What kind of file that is not read bytes begin as, in people's words; None: nobody knows."""
    for kind, signatures in _FOREIGN.items():
        if any(data.startswith(magic, offset) for offset, magic in signatures):
            return kind
    return None


def _iso_kind(data: bytes) -> str | None:
    length = min(int.from_bytes(data[:4], "big"), SNIFFED_BYTES)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None
