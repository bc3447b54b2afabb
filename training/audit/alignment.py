"""Aligns two pictures: lays one over a window of the other and says how well their details agree."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

from training.audit.thumbnail import WHOLE, Floats, Thumbnail, Window, averaging

_COARSE = 16
_FINE = 32
# Each step moves both ends of the window along both sides by this share of the picture, or not.
_STEPS = ((0.05, _COARSE), (0.025, _COARSE), (0.0125, _FINE), (0.00625, _FINE))
# Details are what a blur by this much takes away, in pixels of _FINE.
_DETAIL_PX = 2


class Alignment(NamedTuple):
    """The window of one picture that another one fits into."""

    rows: Window
    columns: Window
    likeness: float
    """Correlation of the details, 1 where they are the same."""


def align(part: Thumbnail, whole: Thumbnail, rows: Window, columns: Window) -> Alignment:
    """Fits `part` into `whole`, starting from a window of it that is roughly what `part` shows."""
    part_luma, whole_luma = part.luma.astype(np.float32), whole.luma.astype(np.float32)
    for step, n in _STEPS:
        rows, columns = _best_neighbour(part_luma, whole_luma, rows, columns, step, n)
    return Alignment(rows, columns, _detail_likeness(part_luma, whole_luma, rows, columns))


def _best_neighbour(
    part: Floats, whole: Floats, rows: Window, columns: Window, step: float, n: int
) -> tuple[Window, Window]:
    row_spans, column_spans = _neighbours(rows, step), _neighbours(columns, step)
    target = _unit(_window(part, WHOLE, WHOLE, n))
    upper, left = averaging(row_spans, n), averaging(column_spans, n)
    windows = _unit(upper[:, None] @ (whole @ left.transpose(0, 2, 1)))  # (row spans, column spans, n, n)
    likeness = (windows * target).sum(axis=(2, 3))
    row, column = np.unravel_index(likeness.argmax(), likeness.shape)
    return row_spans[row], column_spans[column]


def _neighbours(span: Window, step: float) -> list[Window]:
    moves = (-step, 0.0, step)
    return [(max(span[0] + start, 0.0), min(span[1] + end, 1.0)) for start, end in product(moves, moves)]


def _detail_likeness(part: Floats, whole: Floats, rows: Window, columns: Window) -> float:
    one = _details(_window(part, WHOLE, WHOLE, _FINE))
    other = _details(_window(whole, rows, columns, _FINE))
    return float((one * other).sum())


def _details(luma: Floats) -> Floats:
    return _unit(luma - gaussian_filter(luma, _DETAIL_PX))


def _window(luma: Floats, rows: Window, columns: Window, n: int) -> Floats:
    upper, left = averaging([rows, columns], n)
    return np.asarray(upper @ luma @ left.T, np.float32)


def _unit(windows: Floats) -> Floats:
    """Each with a mean of 0 and a norm of 1."""
    centred = windows - windows.mean(axis=(-2, -1), keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=(-2, -1), keepdims=True))
    return np.asarray(centred / np.maximum(norms, 1e-6), np.float32)
