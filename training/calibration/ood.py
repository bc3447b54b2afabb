"""Fits the rejection of a model: compares the methods for out-of-distribution scores, sets the best one's threshold."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from recognizer.model_file.rejection_record import Compared, Method, SimilarityRejection, Spread
from recognizer.model_file.similarity import SimilarityScore
from training.calibration.embeddings import Embedded
from training.calibration.ood_scores import Floats, Known, fit_score, served_score
from training.data.unknown_images import MIN_PICTURES, halves
from training.evaluation.confidence_intervals import Share

# The logistic function of it is 0.95.
_CLEARLY = 3.0
# Where all scores are the same.
_LEAST_SPREAD = 1e-3

TRIALS = 5
"""How often the kinds of unknown pictures are halved for the comparison."""

# What needs nothing but the network.
COMPARED: tuple[Method, ...] = ("maximum_probability", "energy", "mahalanobis", "neighbours", "neighbours_and_unknown")

_Mask = npt.NDArray[np.bool_]
_Served = Literal["neighbours", "neighbours_and_unknown"]


@dataclass(frozen=True)
class UnknownEmbeddings:
    """What the network makes of M unknown pictures, which show none of the classes."""

    seen: Embedded
    folders: npt.NDArray[np.str_]
    """(M,) the top folder of each picture."""
    kinds: npt.NDArray[np.str_]
    """(M,) what each picture shows."""
    copies: npt.NDArray[np.int64] | None = None
    """(M,) a number that copies and near copies share; None: no two are alike."""


@dataclass(frozen=True)
class HeldBack:
    """Pictures of the classes that a threshold is set on, with the training pictures that scores are fitted on."""

    known: Known
    """Training pictures, none of which is held back or of a group that is."""
    pictures: Embedded
    """The pictures held back."""


@dataclass(frozen=True)
class Judged:
    """How a method does on unknown pictures that it was not fitted on."""

    compared: Compared
    """By folder."""
    together: Share
    """Of all pictures that were judged, how many it takes for one of the classes; of one that was judged in several
    trials, their mean counts, so the number is rounded."""


def fit_rejection(
    known: Known,
    held_back: Sequence[HeldBack],
    unknown: UnknownEmbeddings | None,
    *,
    accepted_share: float,
    seed: int,
    left_out: bool = False,
) -> tuple[SimilarityRejection, SimilarityScore, Share | None]:
    """Fits the rejection of a model.

    Says of unknown pictures, too, how many it takes for one of the classes, see `Judged`; None where there are none.

    Args:
        known: the training pictures.
        held_back: the threshold is set on all of them together.
        unknown: pictures of other things; without them nothing can be compared, and the similarity alone is taken.
        accepted_share: share of `held_back` that is to be accepted.
        seed: of the halves.
        left_out: whether `held_back` are of sources that were left out in turn; for the record.
    """
    judged = (
        () if unknown is None else compare_methods(known, held_back, unknown, accepted_share=accepted_share, seed=seed)
    )
    compared = tuple(each.compared for each in judged)
    method = _better(compared, unknown)
    shown = None if unknown is None or method == "neighbours" else unknown.seen.embedding
    measure = served_score(known, shown)
    scores = np.concatenate([served_score(part.known, shown)(part.pictures.embedding) for part in held_back])
    record = SimilarityRejection(
        method=method,
        neighbours=measure.neighbours,
        references=measure.references.shape[0],
        embedding_size=measure.references.shape[1],
        similarity_weight=measure.similarity_weight,
        threshold=threshold(scores, accepted_share),
        spread=spread(scores, accepted_share),
        accepted_share=accepted_share,
        left_out=left_out,
        comparison=compared,
        unknown_pictures=0 if shown is None else len(shown),
        unknown_kinds=0 if shown is None or unknown is None else _count_kinds(unknown),
        trials=TRIALS if compared else 0,
    )
    return record, measure, next((each.together for each in judged if each.compared.method == method), None)


def threshold(scores: Floats, accepted_share: float) -> float:
    """The largest threshold that at least `accepted_share` of the scores reach."""
    accepted = math.ceil(accepted_share * len(scores) - 1e-9)  # 0.95 * 20 is a little more than 19.
    return float(np.sort(scores)[-max(1, accepted)])


def spread(scores: Floats, accepted_share: float) -> float:
    """The scale on which the median of the scores is clearly known, 0.95, see `Rejection.likeness`."""
    return max(float(np.median(scores)) - threshold(scores, accepted_share), _LEAST_SPREAD) / _CLEARLY


def compare_methods(
    known: Known, held_back: Sequence[HeldBack], unknown: UnknownEmbeddings, *, accepted_share: float, seed: int
) -> tuple[Judged, ...]:
    """Compares the methods: each judges kinds of unknown pictures that it was not fitted on, several times over."""
    drawn = [
        halves(unknown.folders, unknown.kinds, np.random.default_rng((seed, trial)), copies=unknown.copies)
        for trial in range(TRIALS)
    ]

    def judged(method: Method) -> Judged:
        shares: dict[str, list[float]] = defaultdict(list)
        times, taken = np.zeros((2, len(unknown.folders)), np.int64)
        for accepted, rest in _trials(method, known, held_back, unknown, drawn, accepted_share):
            for folder in np.unique(unknown.folders[rest]):
                shares[str(folder)].append(float(accepted[rest & (unknown.folders == folder)].mean()))
            times, taken = times + rest, taken + (rest & accepted)
        compared = Compared(method=method, unknown={folder: _spread(found) for folder, found in shares.items()})
        met = times > 0
        return Judged(compared, Share(round(float((taken[met] / times[met]).sum())), int(met.sum())))

    return tuple(judged(method) for method in COMPARED)


def _trials(
    method: Method,
    known: Known,
    held_back: Sequence[HeldBack],
    unknown: UnknownEmbeddings,
    drawn: Sequence[_Mask],
    accepted_share: float,
) -> Iterator[tuple[_Mask, _Mask]]:
    """For each half that is drawn: (M,) what is taken for one of the classes, and (M,) what was not fitted on."""
    accepted: _Mask | None = None
    for half in drawn:
        if accepted is None or method == "neighbours_and_unknown":  # The others are the same each time.
            accepted = _accepted(method, known, held_back, unknown, half, accepted_share)
        yield accepted, ~half


def _accepted(
    method: Method,
    known: Known,
    held_back: Sequence[HeldBack],
    unknown: UnknownEmbeddings,
    half: _Mask,
    accepted_share: float,
) -> _Mask:
    shown = unknown.seen.embedding[half]
    scores = np.concatenate([fit_score(method, part.known, shown)(part.pictures) for part in held_back])
    return np.asarray(fit_score(method, known, shown)(unknown.seen) >= threshold(scores, accepted_share))


def _spread(shares: Sequence[float]) -> Spread:
    return Spread(mean=float(np.mean(shares)), lowest=min(shares), highest=max(shares))


def _better(compared: Sequence[Compared], unknown: UnknownEmbeddings | None) -> _Served:
    """The method to serve with: that which takes less of the average folder for one of the classes."""
    if unknown is None:
        return "neighbours"
    judged = compared[0].unknown  # A folder of a single picture may have been fitted on in every trial.
    deciding = [folder for folder in _deciding(unknown) if folder in judged]
    errors = {row.method: float(np.mean([row.unknown[folder].mean for folder in deciding])) for row in compared}
    if errors["neighbours_and_unknown"] < errors["neighbours"]:
        return "neighbours_and_unknown"
    return "neighbours"


def _deciding(unknown: UnknownEmbeddings) -> list[str]:
    """Folders that are not too small to say much, as the first few corrections are; all, where all are small."""
    names, counts = np.unique(unknown.folders, return_counts=True)
    return [str(name) for name in names[counts >= min(MIN_PICTURES, counts.max())]]


def _count_kinds(unknown: UnknownEmbeddings) -> int:
    return len(set(zip(unknown.folders.tolist(), unknown.kinds.tolist(), strict=True)))
