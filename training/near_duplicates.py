"""Finds copies of one photograph that differ as files: re-encoded, resized, cropped by up to 15 %, mirrored.

thumbnails -> candidates (low frequencies, all pairs at once) -> alignment (details, pair by pair) -> pairs
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from recognizer import machine
from training.alignment import Alignment, align
from training.candidates import WINDOWS, Candidate, candidates
from training.thumbnail import Thumbnail

# Of 1,200 photographs cropped by 10 to 15 %, the least alike was at 0.957. Of the pairs of 4,234 photographs of animals
# above 0.9, every one turned out to be two copies of one photograph.
_COPY = 0.93
# Down to here they are crops of more than 15 %, retouched copies and shots of one burst; below, lookalikes begin.
_SIMILAR = 0.7
_MAX_COLOUR_DIFFERENCE = 20  # Of 255. A red shirt is no copy of a blue one.


@dataclass(frozen=True)
class Pair:
    """Two pictures that show nearly the same."""

    first: int
    """Place in the list of thumbnails, below `second`."""
    second: int
    likeness: float
    """Correlation of their details once they are laid over each other, up to 1."""
    mirrored: bool

    @property
    def is_copy(self) -> bool:
        """Whether both are one photograph, rather than two of one scene."""
        return self.likeness >= _COPY


def find_pairs(thumbnails: Sequence[Thumbnail]) -> list[Pair]:
    """All pairs of near duplicates; of a large heap of them, enough pairs to hold it together."""
    hopeful = candidates(thumbnails)
    # Matrices this small take 40 times as long where each thread waits for threads of its own.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(machine.cores()) as pool:
        found = list(pool.map(partial(_pair, thumbnails), hopeful))
    return sorted((pair for pair in found if pair is not None), key=lambda pair: (pair.first, pair.second))


def _pair(thumbnails: Sequence[Thumbnail], candidate: Candidate) -> Pair | None:
    part, whole = thumbnails[candidate.part], thumbnails[candidate.whole]
    if candidate.mirrored:
        part = part.mirrored()
    fit = align(part, whole, *WINDOWS[candidate.window])
    if fit.likeness < _SIMILAR or _colour_difference(part, whole, fit) > _MAX_COLOUR_DIFFERENCE:
        return None
    first, second = sorted((candidate.part, candidate.whole))
    return Pair(first, second, fit.likeness, candidate.mirrored)


def _colour_difference(part: Thumbnail, whole: Thumbnail, fit: Alignment) -> float:
    """Mean difference of the colours where both overlap; 0 where one of them is a grey picture."""
    if _is_grey(part) or _is_grey(whole):
        return 0.0
    height, width = whole.chroma.shape[:2]
    rows, columns = (slice(round(a * n), round(b * n)) for (a, b), n in ((fit.rows, height), (fit.columns, width)))
    overlap = whole.chroma[rows, columns].mean(axis=(0, 1))
    return float(np.abs(part.chroma.mean(axis=(0, 1)) - overlap).max())


def _is_grey(thumbnail: Thumbnail) -> bool:
    return bool(np.abs(thumbnail.chroma.astype(np.int16) - 128).max() <= 2)
