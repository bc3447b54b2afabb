"""Finds pictures that are there more than once: as the same file, or as copies of one photograph.

pictures by content -> the same file: copies, conflicts, leaks
                    -> one of each file -> pairs of near duplicates -> heaps -> near copies, conflicts, leaks
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits

from recognizer import machine
from training.audit.alignment import Alignment, align
from training.audit.candidates import WINDOWS, Candidate, candidates
from training.audit.findings import Finding, Kind
from training.audit.thumbnail import Thumbnail

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


@dataclass(frozen=True)
class Shown:
    """A readable picture, as far as it takes to find it elsewhere."""

    path: Path
    place: str | None
    """The class it is in; None: it is in the test folder."""
    digest: str
    pixels: int
    thumbnail: Thumbnail | None


@dataclass(frozen=True)
class Duplicates:
    """What was found."""

    findings: tuple[Finding, ...]
    heaps: Mapping[str, int]
    """A number for each digest: the same for all that should stay on one side of a split."""


def find(pictures: Sequence[Shown]) -> Duplicates:
    """Compares all pictures with each other."""
    by_digest: dict[str, list[Shown]] = defaultdict(list)
    for picture in pictures:
        by_digest[picture.digest].append(picture)
    compared = [picture for same in by_digest.values() for picture in _compared(same)]
    pairs = find_pairs([picture.thumbnail for picture in compared if picture.thumbnail])
    findings = [finding for same in by_digest.values() if (finding := _same_file(same))]
    findings += _near(compared, pairs, by_digest)
    return Duplicates(tuple(findings), _numbered(by_digest, compared, pairs))


def _compared(same: Sequence[Shown]) -> Iterator[Shown]:
    """The one of several copies of a file that is compared with other files."""
    if len(_places(_training(same))) > 1:
        return  # It has no class, so nothing follows from what it looks like.
    picture = min(same, key=lambda picture: picture.place is not None)  # The test folder's: then leaks are found.
    if picture.thumbnail is not None:
        yield picture


def _same_file(same: Sequence[Shown]) -> Finding | None:
    if len(same) < 2:
        return None
    training = _training(same)
    files = tuple(picture.path for picture in same)
    places = _places(training)
    if not training:
        return None  # The test folder is not ours to tidy up.
    if len(places) > 1:
        return Finding(
            Kind.CONFLICT, files, f"The same picture is in the classes {_listed(places)}.", surplus=_paths(training)
        )
    if len(training) < len(same):
        return Finding(Kind.LEAK, files, "", surplus=_paths(training))
    return Finding(Kind.COPY, files, "", surplus=files[1:])


def _near(
    compared: Sequence[Shown], pairs: Sequence[Pair], by_digest: Mapping[str, Sequence[Shown]]
) -> Iterator[Finding]:
    copies = _heaps(len(compared), [pair for pair in pairs if pair.is_copy])
    for heap in _larger_than_one(copies):
        finding = _copies([compared[index] for index in heap], by_digest)
        if finding:
            yield finding
    scenes = _heaps(len(compared), pairs)
    for heap in _larger_than_one(scenes):
        if len({copies[index] for index in heap}) > 1:  # More than the copies that were just named.
            finding = _scene([compared[index] for index in heap])
            if finding:
                yield finding


def _copies(heap: Sequence[Shown], by_digest: Mapping[str, Sequence[Shown]]) -> Finding | None:
    training = _training(heap)
    if not training:
        return None
    ordered = sorted(heap, key=lambda picture: (-picture.pixels, picture.path))
    files = _paths(ordered)
    if len(training) < len(heap):
        surplus = [same for picture in training for same in _training(by_digest[picture.digest])]
        return Finding(Kind.NEAR_LEAK, files, "", surplus=_paths(surplus))
    places = _places(training)
    if len(places) > 1:
        return Finding(Kind.NEAR_CONFLICT, files, f"In the classes {_listed(places)}.")
    return Finding(Kind.NEAR_COPY, files, "", surplus=files[1:])


def _scene(heap: Sequence[Shown]) -> Finding | None:
    training = _training(heap)
    places = _places(training)
    if not training:
        return None
    if len(training) < len(heap):
        return Finding(Kind.SIMILAR_LEAK, _paths(heap), "")
    if len(places) > 1:
        return Finding(Kind.SIMILAR_CONFLICT, _paths(heap), f"In the classes {_listed(places)}.")
    return Finding(Kind.SIMILAR, _paths(heap), "")


def _heaps(count: int, pairs: Sequence[Pair]) -> list[int]:
    """The number of its heap for each picture; pairs that share a picture are in one heap."""
    first, second = ([getattr(pair, name) for pair in pairs] for name in ("first", "second"))
    graph = coo_array((np.ones(len(pairs), np.int8), (first, second)), shape=(count, count))
    return [int(number) for number in connected_components(graph, directed=False)[1]]


def _larger_than_one(numbers: Sequence[int]) -> Iterator[list[int]]:
    members = defaultdict(list)
    for index, number in enumerate(numbers):
        members[number].append(index)
    yield from (heap for heap in members.values() if len(heap) > 1)


def _numbered(by_digest: Iterable[str], compared: Sequence[Shown], pairs: Sequence[Pair]) -> dict[str, int]:
    heaps = dict(zip((picture.digest for picture in compared), _heaps(len(compared), pairs), strict=True))
    alone = (digest for digest in by_digest if digest not in heaps)
    return heaps | {digest: len(compared) + number for number, digest in enumerate(alone)}


def _training(pictures: Iterable[Shown]) -> list[Shown]:
    return [picture for picture in pictures if picture.place is not None]


def _places(pictures: Iterable[Shown]) -> set[str | None]:
    return {picture.place for picture in pictures}


def _paths(pictures: Iterable[Shown]) -> tuple[Path, ...]:
    return tuple(picture.path for picture in pictures)


def _listed(places: Iterable[str | None]) -> str:
    return " and ".join(sorted(repr(place) for place in places if place is not None))
