"""Made unknown pictures: what the backbone's own classes would look like, from the weights of its head alone.

    head of the backbone -> a prototype for each of its classes -> + the rests of training pictures -> made embeddings
    its word on training pictures, made embeddings among them?  -> which of its classes are the user's own

So a model learns what its classes are not without a picture of anything else. The prototypes are discriminant analysis
read backwards: there, a class's weights are the inverse covariance times its mean, so the mean is the covariance times
the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from recognizer.model_file.numbers import Floats
from recognizer.model_file.rejection_head import BackboneHead

Labels = npt.NDArray[np.int64]

_DISTANCE = 0.3
"""Mean length of the prototypes, in embeddings of unit length. Farther out they are too easy to tell."""
_SHRINKAGE = 0.2
"""Of the covariance, towards one that is the same in all directions."""
_DOUBT = 1.0
"""How much of an output's word, in thousandths, is nobody's."""
_STEEPNESS, _BORDER = 4.0, 1.2
"""Of the gate: made pictures of a class that lies so many deviations nearer to the known ones are the user's own."""
_RIDGE = 3e-3
_STEPS = 60
_CLOSE_ENOUGH = 1e-12


@dataclass(frozen=True)
class Background:
    """The classes of a backbone's head, placed among the embeddings of some training pictures."""

    prototypes: Floats
    """(K, D): where each lies, seen from the centre."""
    centre: Floats
    """(D,), the mean of embeddings of all kinds of pictures."""
    rests: Floats
    """(N, D): of each training picture what its class does not explain."""

    def draw(self, times: int, rng: np.random.Generator) -> Floats:
        """(times * K, D) made embeddings: each prototype so often, each time with the rest of another picture."""
        count = times * len(self.prototypes)
        rests = self.rests[rng.integers(0, len(self.rests), count)]
        return np.asarray(np.tile(self.prototypes, (times, 1)) + self.centre + rests, np.float32)


def place(
    head: BackboneHead, unit: Floats, labels: Labels, probabilities: Floats, unknown: Floats | None
) -> Background:
    """Places the classes of a backbone's head among training pictures.

    Args:
        head: of the backbone.
        unit: (N, D) embeddings of training pictures, of unit length.
        labels: (N,) class indices.
        probabilities: (N, K) what the head says of them.
        unknown: (M, D) of unknown pictures; None where there are none.
    """
    means, seen = _class_means(unit, labels), _class_means(probabilities, labels)  # (C, D), (C, K)
    rests = np.asarray(unit - means[labels], np.float32)  # (N, D)
    weights = head.kernel - head.kernel.mean(axis=0)  # (K, D)
    # The product with the covariance of the rests, without ever making the (D, D) of it.
    towards = (weights @ rests.T) @ rests / len(rests)
    variance = float(np.square(rests).sum()) / rests.size or 1.0  # A picture of each class has no rest.
    directions = (1 - _SHRINKAGE) * towards + _SHRINKAGE * variance * weights
    prototypes = np.asarray(_DISTANCE * directions / np.linalg.norm(directions, axis=1).mean(), np.float32)
    return Background(prototypes, _centre(head, prototypes, means, seen, unknown), rests)


def _centre(head: BackboneHead, prototypes: Floats, means: Floats, seen: Floats, unknown: Floats | None) -> Floats:
    """(D,) as it was measured, else the mean of the unknown pictures, else the classes' means less where they lie."""
    if head.centre is not None:
        return head.centre
    if unknown is not None:
        return np.asarray(unknown.mean(axis=0), np.float32)
    return np.asarray((means - seen @ prototypes).mean(axis=0), np.float32)


def own_classes(
    background: Background,
    unit: Floats,
    labels: Labels,
    probabilities: Floats,
    elsewhere: Floats,
    rng: np.random.Generator,
) -> Floats:
    """(K,), 0 to 1: how much each class of the backbone's head is one of the user's.

    It is as far as the head sees it in the user's pictures, rather than in those of other things, if its made pictures
    lie where the user's own do.

    Args:
        background: where the classes lie.
        unit: (N, D) embeddings of training pictures, of unit length.
        labels: (N,) class indices.
        probabilities: (N, K) what the head says of them.
        elsewhere: (K,) mean of what it says of unknown pictures; zeros where there are none.
        rng: draws the made pictures.
    """
    classes = labels.max() + 1
    seen = _class_means(probabilities, labels)  # (C, K)
    share = seen.sum(axis=0) / (seen.sum(axis=0) + elsewhere + _DOUBT / seen.shape[1])  # (K,)
    made = background.draw(1, rng)
    counts = np.bincount(labels)[labels]
    known, others = 1 / counts / classes, (1 - share) / (1 - share).sum()
    direction = _ridge(
        np.concatenate([unit, made]),
        np.repeat([1.0, -1.0], [len(unit), len(made)]),
        np.concatenate([known, others]) / 2,
    )
    nearness = background.prototypes @ direction
    nearness = (nearness - np.median(nearness)) / (nearness.std() or 1.0)
    return np.asarray(share * expit(_STEEPNESS * (nearness - _BORDER)), np.float32)


def _class_means(numbers: Floats, labels: Labels) -> Floats:
    return np.stack([numbers[labels == label].mean(axis=0) for label in range(labels.max() + 1)])


def _ridge(x: Floats, target: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]) -> Floats:
    """(D,) weights of a ridge regression, by conjugate gradients; its constant is left out."""
    share: Floats = weight.astype(np.float32)
    centred = x - share @ x
    rest: Floats = centred.T @ (share * target.astype(np.float32))
    found, direction, length = np.zeros_like(rest), rest.copy(), float(rest @ rest)
    for _ in range(_STEPS):
        if length < _CLOSE_ENOUGH:
            break
        moved = centred.T @ (share * (centred @ direction)) + _RIDGE * direction
        step = np.float32(length / float(direction @ moved))
        found += step * direction
        rest -= step * moved
        before, length = length, float(rest @ rest)
        direction = rest + np.float32(length / before) * direction
    return found
