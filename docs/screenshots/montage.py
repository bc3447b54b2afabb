"""Puts several screenshots into one small PNG: side by side, on a mat, with few colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

_MAT = (120, 128, 122)
_GAP = 16
_COLOURS = 200


def opened(shot: bytes) -> Image.Image:
    """A screenshot as it is."""
    return Image.open(io.BytesIO(shot)).convert("RGB")


def grid(shots: Sequence[bytes], *, columns: int, height: int) -> Image.Image:
    """Screenshots in rows, each as high as `height` in pixels."""
    scaled = [_scaled(opened(shot), height) for shot in shots]
    rows = [_row(scaled[start : start + columns]) for start in range(0, len(scaled), columns)]
    sheet = Image.new("RGB", (rows[0].width, sum(row.height for row in rows) + _GAP * (len(rows) + 1)), _MAT)
    for index, row in enumerate(rows):
        sheet.paste(row, (0, _GAP + index * (height + _GAP)))
    return sheet


def write(sheet: Image.Image, path: Path) -> int:
    """Writes it with few colours, and returns how many bytes that took."""
    # Colours that are far from all others are kept, small as their areas are: what matters most on a calm page.
    few = sheet.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path.stat().st_size


def _row(shots: Sequence[Image.Image]) -> Image.Image:
    width = sum(shot.width for shot in shots) + _GAP * (len(shots) + 1)
    row = Image.new("RGB", (width, shots[0].height), _MAT)
    left = _GAP
    for shot in shots:
        row.paste(shot, (left, 0), _rounded(shot.size))
        left += shot.width + _GAP
    return row


def _scaled(shot: Image.Image, height: int) -> Image.Image:
    return shot.resize((round(shot.width * height / shot.height), height), Image.Resampling.LANCZOS)


def _rounded(size: tuple[int, int]) -> Image.Image:
    """A mask with round corners, four times as fine as it is used."""
    mask = Image.new("L", (4 * size[0], 4 * size[1]), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *mask.size), radius=32, fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)
