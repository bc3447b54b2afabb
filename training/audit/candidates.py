"""Finds candidates for near duplicates: pairs that might be copies, quickly, without losing a real one.

    thumbnail -> 16 windows -> low frequencies (as in a perceptual hash, but not cut down to bits) -> one matrix product

A picture that was cropped looks as a window of the other one does, so each whole picture is compared with
the windows of all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.fft import dct

from training.audit.thumbnail import WHOLE, Floats, Thumbnail, Window, averaging

# Each of 1,600 photographs that lost 10 or 15 % of both sides was above this with its original.
_MIN_LIKENESS = 0.78
# The partners of each picture that are looked at more closely: burst and camera-trap pictures have thousands.
_MAX_PARTNERS = 6
_FREQUENCIES = 8
_SAMPLES = 16
_CROP = 0.12
_SPANS: tuple[Window, ...] = (WHOLE, (0, 1 - _CROP), (_CROP, 1), (_CROP / 2, 1 - _CROP / 2))
WINDOWS: tuple[tuple[Window, Window], ...] = tuple(product(_SPANS, _SPANS))
"""Windows as (vertical, horizontal) spans; the first is the whole picture."""
_BLOCK_BYTES = 64 * 2**20


class Candidate(NamedTuple):
    """Two pictures, by their index in the list, of which one looks as a window of the other does."""

    part: int
    whole: int
    window: int
    """Index of the window in `WINDOWS`."""
    mirrored: bool
    """Whether `part` looks so only when it is mirrored."""
    likeness: float


def candidates(thumbnails: Sequence[Thumbnail]) -> list[Candidate]:
    """All candidates, each pair once, at most `_MAX_PARTNERS` for each picture and orientation."""
    if len(thumbnails) < 2:
        return []
    descriptors = _descriptors(np.stack([thumbnail.luma for thumbnail in thumbnails]).astype(np.float32))
    best: dict[tuple[int, int], Candidate] = {}
    for mirrored in (False, True):
        for found in _alike(descriptors, mirrored=mirrored):
            pair = min(found.part, found.whole), max(found.part, found.whole)
            if pair not in best or best[pair].likeness < found.likeness:
                best[pair] = found
    return list(best.values())


def _descriptors(lumas: Floats) -> Floats:
    """Unit vectors, (N, windows, frequencies): their product is a correlation.

    Frequencies are weighted by the root of their distance from zero: less than what would make a photograph's
    spectrum flat, so that an edge that moved by a pixel does not count too much.
    """
    cosines = dct(np.eye(_SAMPLES), axis=0, norm="ortho")[:_FREQUENCIES]
    bands = dict(zip(_SPANS, cosines @ averaging(_SPANS, _SAMPLES), strict=True))
    frequency = np.hypot(*np.mgrid[:_FREQUENCIES, :_FREQUENCIES])
    spectra = [bands[rows] @ lumas @ bands[columns].T * np.sqrt(frequency) for rows, columns in WINDOWS]
    vectors = np.stack(spectra, axis=1).reshape(len(lumas), len(WINDOWS), -1)  # (N, W, F * F)
    norms = np.linalg.norm(vectors, axis=2, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-6), np.float32)


def _alike(descriptors: Floats, *, mirrored: bool) -> Iterator[Candidate]:
    n, windows, length = descriptors.shape
    queries = descriptors[:, 0]
    if mirrored:  # Turns the sign of every odd horizontal frequency.
        queries = queries * np.tile((-1.0) ** np.arange(_FREQUENCIES), _FREQUENCIES).astype(np.float32)
    targets = descriptors.transpose(2, 1, 0).reshape(length, -1)  # (F * F, W * N)
    rows = max(1, _BLOCK_BYTES // (4 * n * windows))
    for start in range(0, n, rows):
        likeness = (queries[start : start + rows] @ targets).reshape(-1, windows, n)
        best = likeness.max(axis=1)
        best[np.arange(len(best)), np.arange(start, start + len(best))] = -1  # Everything looks like itself.
        for row, whole in _highest(best):
            window = int(likeness[row, :, whole].argmax())
            yield Candidate(start + row, whole, window, mirrored, float(best[row, whole]))


def _highest(likeness: Floats) -> Iterator[tuple[int, int]]:
    """Row and column of what is high enough, the `_MAX_PARTNERS` highest of each row."""
    for row in np.flatnonzero((likeness >= _MIN_LIKENESS).any(axis=1)):
        columns = np.flatnonzero(likeness[row] >= _MIN_LIKENESS)
        for column in columns[np.argsort(-likeness[row, columns], kind="stable")][:_MAX_PARTNERS]:
            yield int(row), int(column)
