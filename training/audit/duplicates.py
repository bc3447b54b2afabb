"""Finds duplicates: pictures that are there more than once, as the same file or as copies of one photograph.

pictures by content -> the same file: copies, conflicts, leaks
                    -> one of each file -> pairs of near duplicates -> clusters -> near copies, conflicts, leaks
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
from training.audit.findings import Finding, FindingKind
from training.audit.links import way
from training.audit.thumbnail import Thumbnail

# Of 1,200 photographs cropped by 10 to 15 %, the least alike was at 0.957. Of the pairs of 4,234 photographs of animals
# above 0.9, every one turned out to be two copies of one photograph.
_COPY = 0.93
# Down to here they are crops of more than 15 %, retouched copies and shots of one burst; below, lookalikes begin.
_SIMILAR = 0.7
_MAX_COLOUR_DIFFERENCE = 20  # Of 255. A red shirt is no copy of a blue one.


@dataclass(frozen=True)
class ComparedImage:
    """A readable picture with what its duplicates are found by."""

    path: Path
    class_name: str | None
    """The class that the picture is in; None: it is in the test folder."""
    digest: str
    """Digest of the file."""
    pixels: int
    """Width times height: of several copies, the largest is kept."""
    thumbnail: Thumbnail | None


@dataclass(frozen=True)
class Duplicates:
    """All duplicates in a data set and its test folders."""

    findings: tuple[Finding, ...]
    clusters: Mapping[str, int]
    """The number of its cluster for each digest; all pictures of a cluster should stay on one side of a split."""


@dataclass(frozen=True)
class Pair:
    """Two near duplicates: pictures that show nearly the same."""

    first: int
    """Index in the list of thumbnails, below `second`."""
    second: int
    likeness: float
    """Correlation of their details once they are laid over each other, up to 1."""
    mirrored: bool

    @property
    def is_copy(self) -> bool:
        """Whether the two are copies of one photograph, rather than two photographs of one scene."""
        return self.likeness >= _COPY


def find_duplicates(pictures: Sequence[ComparedImage]) -> Duplicates:
    """Compares all pictures with each other, by their files and by what they show."""
    by_digest: dict[str, list[ComparedImage]] = defaultdict(list)
    for picture in pictures:
        by_digest[picture.digest].append(picture)
    for same in by_digest.values():
        if len(same) > 1:  # A file before the links to it: of copies, the first one is kept.
            same.sort(key=lambda picture: len(way(picture.path)))
    compared = [picture for same in by_digest.values() for picture in _compared(same)]
    pairs = find_pairs([picture.thumbnail for picture in compared if picture.thumbnail])
    findings = [finding for same in by_digest.values() if (finding := _same_file(same))]
    findings += _near(compared, pairs, by_digest)
    return Duplicates(tuple(findings), _numbered(by_digest, compared, pairs))


def _compared(same: Sequence[ComparedImage]) -> Iterator[ComparedImage]:
    """The one of several copies of a file that is compared with other files."""
    if len(_classes(_of_training(same))) > 1:
        return  # It has no class, so nothing follows from what it looks like.
    picture = min(same, key=lambda picture: picture.class_name is not None)  # The test folder's: then leaks are found.
    if picture.thumbnail is not None:
        yield picture


def _same_file(same: Sequence[ComparedImage]) -> Finding | None:
    if len(same) < 2:
        return None
    training = _of_training(same)
    files = tuple(picture.path for picture in same)
    classes = _classes(training)
    if not training:
        return None  # The test folder is not ours to tidy up.
    if len(classes) > 1:
        return Finding(
            FindingKind.CONFLICT,
            files,
            f"The same picture is in the classes {_listed(classes)}.",
            surplus=_paths(training),
        )
    if len(training) < len(same):
        return Finding(FindingKind.LEAK, files, "", surplus=_paths(training))
    return Finding(FindingKind.COPY, files, "", surplus=files[1:])


def _near(
    compared: Sequence[ComparedImage], pairs: Sequence[Pair], by_digest: Mapping[str, Sequence[ComparedImage]]
) -> Iterator[Finding]:
    copies = _clusters(len(compared), [pair for pair in pairs if pair.is_copy])
    for cluster in _larger_than_one(copies):
        finding = _copies([compared[index] for index in cluster], by_digest)
        if finding:
            yield finding
    scenes = _clusters(len(compared), pairs)
    for cluster in _larger_than_one(scenes):
        if len({copies[index] for index in cluster}) > 1:  # More than the copies that were just named.
            finding = _scene([compared[index] for index in cluster])
            if finding:
                yield finding


def _copies(cluster: Sequence[ComparedImage], by_digest: Mapping[str, Sequence[ComparedImage]]) -> Finding | None:
    training = _of_training(cluster)
    if not training:
        return None
    ordered = sorted(cluster, key=lambda picture: (-picture.pixels, picture.path))
    files = _paths(ordered)
    if len(training) < len(cluster):
        surplus = [same for picture in training for same in _of_training(by_digest[picture.digest])]
        return Finding(FindingKind.NEAR_LEAK, files, "", surplus=_paths(surplus))
    classes = _classes(training)
    if len(classes) > 1:
        return Finding(FindingKind.NEAR_CONFLICT, files, f"In the classes {_listed(classes)}.")
    return Finding(FindingKind.NEAR_COPY, files, "", surplus=files[1:])


def _scene(cluster: Sequence[ComparedImage]) -> Finding | None:
    training = _of_training(cluster)
    classes = _classes(training)
    if not training:
        return None
    if len(training) < len(cluster):
        return Finding(FindingKind.SIMILAR_LEAK, _paths(cluster), "")
    if len(classes) > 1:
        return Finding(FindingKind.SIMILAR_CONFLICT, _paths(cluster), f"In the classes {_listed(classes)}.")
    return Finding(FindingKind.SIMILAR, _paths(cluster), "")


def _clusters(count: int, pairs: Sequence[Pair]) -> list[int]:
    """The number of its cluster for each picture; pairs that share a picture are in one cluster."""
    first, second = ([getattr(pair, name) for pair in pairs] for name in ("first", "second"))
    graph = coo_array((np.ones(len(pairs), np.int8), (first, second)), shape=(count, count))
    return [int(number) for number in connected_components(graph, directed=False)[1]]


def _larger_than_one(numbers: Sequence[int]) -> Iterator[list[int]]:
    members = defaultdict(list)
    for index, number in enumerate(numbers):
        members[number].append(index)
    yield from (cluster for cluster in members.values() if len(cluster) > 1)


def _numbered(by_digest: Iterable[str], compared: Sequence[ComparedImage], pairs: Sequence[Pair]) -> dict[str, int]:
    clusters = dict(zip((picture.digest for picture in compared), _clusters(len(compared), pairs), strict=True))
    alone = (digest for digest in by_digest if digest not in clusters)
    return clusters | {digest: len(compared) + number for number, digest in enumerate(alone)}


def _of_training(pictures: Iterable[ComparedImage]) -> list[ComparedImage]:
    return [picture for picture in pictures if picture.class_name is not None]


def _classes(pictures: Iterable[ComparedImage]) -> set[str | None]:
    return {picture.class_name for picture in pictures}


def _paths(pictures: Iterable[ComparedImage]) -> tuple[Path, ...]:
    return tuple(picture.path for picture in pictures)


def _listed(classes: Iterable[str | None]) -> str:
    return " and ".join(sorted(repr(name) for name in classes if name is not None))


def find_pairs(thumbnails: Sequence[Thumbnail]) -> list[Pair]:
    """All pairs of near duplicates; of a large cluster of them, enough pairs to hold it together."""
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
