"""Out-of-distribution scores: the methods that are compared for how well a model knows a picture; more is better.

Two of them are served, `neighbours` and `neighbours_and_unknown`; the others are what the literature starts from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, softmax
from sklearn.cluster import KMeans
from sklearn.covariance import LedoitWolf

from recognizer.model_file.numbers import rounded, unit_length
from recognizer.model_file.rejection_record import MAX_NUMBERS, Method
from recognizer.model_file.similarity import SimilarityScore
from training.calibration.embeddings import Embedded

Floats = npt.NDArray[np.float32]
Score = Callable[[Embedded], Floats]

# Of a class, in one grouping. More follow the training pictures too closely for pictures from other sources:
# docs/decisions/0006.
_MAX_REFERENCES_PER_CLASS = 30
_MAX_REFERENCES = 1_200
_PICTURES_PER_REFERENCE = 20
# How often the pictures are grouped, each time from another start. Where 95 % of photographs from other sources are
# accepted, so are of other animals, by start: with one grouping 11 % on average and up to 17 %, with five 8 % and 12 %.
_GROUPINGS = 5

# Of the squared norm of the output trained on unknown pictures, against the mean squared error.
_RIDGE = 1e-3
# How much the similarity counts beside that output.
_SIMILARITY_WEIGHT = 4.0


@dataclass(frozen=True)
class Known:
    """What the network makes of the training pictures, summed up in references."""

    seen: Embedded
    labels: npt.NDArray[np.int64]
    """(N,) class indices."""
    references: Floats
    """(R, D) means of groups of similar pictures, class by class, of several groupings; of unit length but for
    rounding."""


def learn_known(seen: Embedded, labels: npt.NDArray[np.int64], *, seed: int) -> Known:
    """Groups the training pictures and takes their means as references; the seed is that of the grouping."""
    return Known(seen, labels, rounded(_references(unit_length(seen.embedding), labels, seed)))


def fit_score(method: Method, known: Known, unknown: Floats) -> Score:
    """Fits an out-of-distribution score.

    Args:
        method: which score.
        known: the training pictures.
        unknown: (M, D) embeddings of pictures of other things; only `neighbours_and_unknown` looks at them.
    """
    if method == "maximum_probability":
        return maximum_probability
    if method == "energy":
        return energy
    if method == "mahalanobis":
        return mahalanobis(known)
    measure = served_score(known, unknown if method == "neighbours_and_unknown" else None)
    return lambda seen: measure(seen.embedding)


def maximum_probability(seen: Embedded) -> Floats:
    """(N,) probability of the best class (Hendrycks & Gimpel 2017, https://arxiv.org/abs/1610.02136)."""
    return np.asarray(softmax(seen.logits, axis=1).max(axis=1), np.float32)


def energy(seen: Embedded) -> Floats:
    """(N,) negative free energy of the logits (Liu et al. 2020, https://arxiv.org/abs/2010.03759)."""
    return np.asarray(logsumexp(seen.logits, axis=1), np.float32)


def mahalanobis(known: Known) -> Score:
    """Negative squared distance to the nearest class mean (Lee et al. 2018, https://arxiv.org/abs/1807.03888).

    In units of the covariance that all classes share, which is shrunk (Ledoit & Wolf 2004): there are hardly more
    pictures than features.
    """
    embedding = known.seen.embedding.astype(np.float64)
    classes = np.unique(known.labels)
    means = np.stack([embedding[known.labels == label].mean(axis=0) for label in classes])  # (C, D)
    centred = embedding - means[np.searchsorted(classes, known.labels)]
    precision = LedoitWolf(assume_centered=True).fit(centred).precision_  # (D, D)

    def score(seen: Embedded) -> Floats:
        # |x - m|^2 = |x|^2 - 2 xm + |m|^2, each in units of the covariance: (N, C) without anything of (N, C, D).
        x = seen.embedding.astype(np.float64)
        cross = x @ precision @ means.T  # (N, C)
        squares = ((x @ precision) * x).sum(axis=1)[:, None] + ((means @ precision) * means).sum(axis=1)
        return -np.asarray((squares - 2 * cross).min(axis=1), np.float32)

    return score


def served_score(known: Known, unknown: Floats | None) -> SimilarityScore:
    """The score that is served, rounded as it is stored; without unknown pictures just the similarity."""
    if unknown is None:
        return SimilarityScore(known.references, None, neighbours=1, similarity_weight=1.0)
    weights = unknown_output(unit_length(known.seen.embedding), unit_length(unknown))
    return SimilarityScore(known.references, rounded(weights), neighbours=1, similarity_weight=_SIMILARITY_WEIGHT)


def _references(unit: Floats, labels: npt.NDArray[np.int64], seed: int) -> Floats:
    chance = np.random.RandomState(seed)  # KMeans takes no Generator.
    room = min(_MAX_REFERENCES, MAX_NUMBERS // unit.shape[1] - 1)  # One row is for unknown pictures.
    classes = [unit[labels == label] for label in np.unique(labels)]
    if len(classes) > room:
        return unit_length(_group_means(unit, room, chance))
    most = [min(_MAX_REFERENCES_PER_CLASS, room // len(classes), _most_groups(pictures)) for pictures in classes]
    repeats = max(1, min(_GROUPINGS, room // sum(most)))
    means = [
        _group_means(pictures, groups, chance)
        for pictures, groups in zip(classes, most, strict=True)
        for _ in range(repeats if groups > 1 else 1)  # There is one mean of all.
    ]
    return unit_length(np.concatenate(means))


def _most_groups(pictures: Floats) -> int:
    return max(1, len(pictures) // _PICTURES_PER_REFERENCE)


def _group_means(unit: Floats, most: int, chance: np.random.RandomState) -> Floats:
    groups = min(most, _most_groups(unit))
    return np.asarray(KMeans(groups, n_init=1, random_state=chance).fit(unit).cluster_centers_, np.float32)


def unknown_output(known: Floats, unknown: Floats) -> Floats:
    """(D,) weights of a ridge regression that gives 1 for known and -1 for unknown embeddings, both of equal weight.

    Without its constant, which the threshold takes up.

    Args:
        known: (N, D) of unit length.
        unknown: (M, D) of unit length.
    """
    embedding = np.concatenate([known, unknown]).astype(np.float64)
    target = np.repeat([1.0, -1.0], [len(known), len(unknown)])
    share = np.repeat([0.5 / len(known), 0.5 / len(unknown)], [len(known), len(unknown)])
    centred = embedding - share @ embedding
    weighted = centred * share[:, None]
    covariance = weighted.T @ centred + _RIDGE * np.eye(embedding.shape[1])  # (D, D)
    return np.asarray(np.linalg.solve(covariance, weighted.T @ target), np.float32)
