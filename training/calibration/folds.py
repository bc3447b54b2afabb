"""Folds of pictures, each judged by a head that has not seen it: whole sources, where those are known, or at random.

Where sources are few, or all pictures of most classes are of one, leaving them out says little about others. At random,
copies of one picture and near copies, such as the frames of a burst, stay in one fold.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.calibration.background import Labels

FOLDS = 3
FEW_SOURCES = 10
"""With fewer, leaving them out says little about others."""
IN_NO_FOLD = -1
"""A picture that is all of its class is always learned from."""

_MOST = 0.5
"""Of the pictures have to be left out with their sources; else the threshold is no promise for other sources."""

Mask = npt.NDArray[np.bool_]


def divide(
    labels: Labels, sources: npt.NDArray[np.str_] | None, copies: npt.NDArray[np.int64], *, seed: int
) -> tuple[Labels, Mask]:
    """The folds of known pictures.

    Args:
        labels: (N,) class indices.
        sources: (N,) where each comes from; None where nobody knows.
        copies: (N,) a number that copies and near copies share.
        seed: of what is at random.

    Returns:
        (N,) the fold of each, and (N,) whether all of its source is in that.
    """
    random = at_random(labels, copies, seed=seed)
    if sources is None or len(np.unique(sources)) < FEW_SOURCES:
        return random, np.zeros(len(labels), bool)
    fold, by_source = whole(sources), np.ones(len(labels), bool)
    for label in np.unique(labels):
        inside = labels == label
        if len(np.unique(fold[inside])) == 1:  # Nothing would be left to learn the class from.
            fold[inside], by_source[inside] = random[inside], False
    if by_source.mean() < _MOST:
        return random, np.zeros(len(labels), bool)
    return fold, by_source


def whole(names: npt.NDArray[np.str_ | np.int64]) -> Labels:
    """(N,) a fold for each of N pictures: those of one name are in the same, and the folds about equally large."""
    found, index, counts = np.unique(names, return_inverse=True, return_counts=True)
    return _shared_out(counts)[index] if len(found) else np.zeros(0, np.int64)


def at_random(labels: Labels, copies: npt.NDArray[np.int64], *, seed: int) -> Labels:
    """(N,) a fold for each: each class in equal parts, copies in one, unless they are more than two thirds of a class.

    Then too little would be left to learn from what they are judged by.

    Args:
        labels: (N,) class indices.
        copies: (N,) a number that copies and near copies share.
        seed: another one gives other folds.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    fold = np.full(len(labels), IN_NO_FOLD, np.int64)
    for label in np.unique(labels):
        inside = order[labels[order] == label]
        groups = _numbered(copies[inside])
        if len(counts := np.bincount(groups)) > 1:
            fold[inside] = _shared_out(counts)[groups]
    return fold


def _numbered(copies: npt.NDArray[np.int64]) -> Labels:
    """(M,) the group of each picture, by number in the order in which they come; too large ones are no group.

    Too large are those beside which there are fewer pictures than a fold has.
    """
    _, index, counts = np.unique(copies, return_inverse=True, return_counts=True)
    single = np.arange(len(copies)) + len(counts)
    keys = np.where(FOLDS * (len(copies) - counts[index]) < len(copies), single, index)
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[index]


def _shared_out(counts: npt.NDArray[np.int64]) -> Labels:
    """(G,) a fold for each group of so many pictures, the largest first, each into the fold that has the fewest."""
    load, fold = np.zeros(FOLDS, int), np.zeros(len(counts), np.int64)
    for group in np.argsort(-counts, kind="stable"):
        fold[group] = load.argmin()
        load[fold[group]] += counts[group]
    return fold
