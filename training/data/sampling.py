"""Balances classes and orders pictures: which ones an epoch shows, in which order, and how much each class counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Balance = Literal["weights", "sampling", "none"]


def class_weights(labels: Sequence[int], classes: int, balance: Balance = "weights") -> Floats:
    """Weights of the classes in the loss, 1 on average over the pictures.

    Args:
        labels: class indices of the training pictures; each class occurs.
        classes: how many classes there are.
        balance: `weights` makes each class count as much as any other; with the others all pictures count alike.

    Returns:
        (classes,) float32: pictures / (classes * pictures of the class), or ones.
    """
    if balance != "weights":
        return np.ones(classes, np.float32)
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * counts)).astype(np.float32)


def source_weights(labels: Sequence[int], sources: Sequence[str]) -> Floats:
    """(N,) weights of pictures, 1 on average in each class: 1 / sqrt(pictures of the same class and source).

    Pictures of one source are alike. A hundred of them say more than one does, but not a hundred times as much.

    Args:
        labels: class index of each picture.
        sources: where each comes from.
    """
    pairs = Counter(zip(labels, sources, strict=True))
    weights = np.array([pairs[pair] ** -0.5 for pair in zip(labels, sources, strict=True)], np.float32)
    means = np.bincount(labels, weights) / np.maximum(np.bincount(labels), 1)
    return np.asarray(weights / means[list(labels)], np.float32)


def epoch_order(
    labels: Sequence[int], *, balance: Balance, seed: int, epoch: int, together: int = 1
) -> npt.NDArray[np.int64]:
    """The order of an epoch: (N,) indices of the pictures to show; the same for the same seed and epoch.

    With `sampling`, classes get equal shares of the epoch: rare pictures come several times, and of common ones other
    parts in other epochs. Else every picture comes once. So many pictures of a class stand `together`, and the classes
    are spread over the epoch: batches then hold several pictures of several classes.
    """
    rng = np.random.default_rng((seed, epoch))
    drawn = rng.permutation(_drawn(labels, balance, rng))
    return drawn if together == 1 else _grouped(drawn, np.asarray(labels), together, rng)


def _drawn(labels: Sequence[int], balance: Balance, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    if balance != "sampling":
        return np.arange(len(labels))
    of_class = [np.flatnonzero(np.equal(labels, label)) for label in np.unique(labels)]
    shares = np.array_split(np.arange(len(labels)), len(of_class))
    drawn = [_as_evenly_as_possible(own, len(share), rng) for own, share in zip(of_class, shares, strict=True)]
    return np.concatenate(drawn)


def _grouped(
    positions: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], together: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """`positions` in groups of at most `together` of one class, the groups of each class evenly over the whole."""
    positions_in_epoch: list[float] = []
    groups: list[npt.NDArray[np.int64]] = []
    for label in np.unique(labels):
        own = positions[labels[positions] == label]
        parts = np.array_split(own, -(-len(own) // together))  # Even: the last one is not a picture alone.
        positions_in_epoch += ((np.arange(len(parts)) + rng.random(len(parts))) / len(parts)).tolist()
        groups += parts
    return np.concatenate([groups[at] for at in np.argsort(positions_in_epoch)])


def _as_evenly_as_possible(
    positions: npt.NDArray[np.int64], count: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """`count` of `positions`: none of them again before all the others have come as often."""
    rounds = -(-count // len(positions))
    return np.concatenate([rng.permutation(positions) for _ in range(rounds)])[:count]
