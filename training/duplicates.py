"""Finds pictures that are there more than once: as the same file, or as copies of one photograph.

pictures by content -> the same file: copies, conflicts, leaks
                    -> one of each file -> pairs of near duplicates -> heaps -> near copies, conflicts, leaks
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from training import near_duplicates
from training.findings import Finding, Kind
from training.near_duplicates import Pair
from training.thumbnail import Thumbnail


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
    pairs = near_duplicates.find_pairs([picture.thumbnail for picture in compared if picture.thumbnail])
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
