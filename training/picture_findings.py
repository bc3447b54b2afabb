"""Says what is remarkable about a single picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.examination import Examined, FileFacts
from training.findings import Finding, Kind
from training.picture_quality import Quality

NETWORK_SIDE_PX = 224
"""What most networks take; pictures with less than half of it are called tiny."""
_MAX_PROPORTION = 3.0

_MODES = {
    "CMYK": "CMYK, the colours of printing",
    "16 bit": "16 bits for each colour",
    "P": "a palette",
    "PA": "a palette with transparency, laid over white",
    "RGBA": "transparency, laid over white",
    "LA": "grey with transparency, laid over white",
    "1": "black and white without grey",
}
"""How a picture may be stored, beside plain RGB and grey."""

_SUFFIXES = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "MPO": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "PNG": {".png"},
    "WEBP": {".webp"},
    "GIF": {".gif"},
    "BMP": {".bmp", ".dib"},
    "DIB": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
}


def findings(path: Path, examined: Examined, *, tiny_px: float) -> Iterator[Finding]:
    """Everything about one readable picture that a person may want to know.

    Args:
        path: its file.
        examined: what was seen in it.
        tiny_px: a short side below this is called tiny.
    """
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_light(examined.quality))
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_size(examined.facts, tiny_px))
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_file(path, examined.facts))


def _about_light(quality: Quality) -> Iterator[tuple[Kind, str]]:
    """The gravest only: what is dark is flat and blurred as well."""
    if quality.is_dark:
        yield Kind.DARK, f"Its brightest parts have {quality.brightest:.0f} of 255."
    elif quality.is_bright:
        yield Kind.BRIGHT, f"Its darkest parts have {quality.darkest:.0f} of 255."
    elif quality.is_flat:
        yield Kind.FLAT, f"Its brightness varies by {quality.contrast:.0f} of 255."
    elif quality.is_blurred:
        yield Kind.BLURRED, "No part of it is sharp."


def _about_size(facts: FileFacts, tiny_px: float) -> Iterator[tuple[Kind, str]]:
    size = f"{facts.width} x {facts.height} pixels."
    short, long = sorted((facts.width, facts.height))
    if short < tiny_px:
        yield Kind.TINY, size
    if long > _MAX_PROPORTION * short:
        yield Kind.ODD_SHAPE, size


def _about_file(path: Path, facts: FileFacts) -> Iterator[tuple[Kind, str]]:
    if facts.orientation != 1:
        yield Kind.ROTATED, f"EXIF orientation {facts.orientation}."
    if facts.mode in _MODES:
        yield Kind.COLOUR_MODE, f"Stored as {_MODES[facts.mode]}."
    if path.suffix.lower() not in _SUFFIXES.get(facts.format, {path.suffix.lower()}):
        yield Kind.WRONG_SUFFIX, f"It is a {facts.format} file."
