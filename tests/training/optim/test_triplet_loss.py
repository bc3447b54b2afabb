"""The triplet loss: the same as counting all triplets out, and harmless where there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow

MARGIN = 0.2
BATCHES = {
    "even": [0, 0, 0, 1, 1, 1, 2, 2, 2],
    "uneven": [0, 1, 0, 2, 1, 0, 0, 0],
    "one class": [1, 1, 1, 1],
    "one picture a class": [0, 1, 2],
    "one picture": [0],
}


def unit_vectors(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 3))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def one_hot(labels: list[int]) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[labels]


def loss(labels: list[int], embedding: np.ndarray) -> float:
    from training.optim.triplet_loss import TripletLoss

    return float(TripletLoss(MARGIN)(one_hot(labels), embedding))


def counted_out(labels: list[int], embedding: np.ndarray) -> float:
    """The loss as the paper says it, pair by pair."""
    distances = np.square(embedding[:, None] - embedding[None]).sum(axis=2)
    found = []
    for anchor, label in enumerate(labels):
        negatives = [distances[anchor, other] for other, its in enumerate(labels) if its != label]
        for positive, its in enumerate(labels):
            if positive == anchor or its != label or not negatives:
                continue
            farther = [distance for distance in negatives if distance > distances[anchor, positive]]
            negative = min(farther) if farther else max(negatives)
            found.append(max(0.0, distances[anchor, positive] - negative + MARGIN))
    return float(np.mean(found)) if found else 0.0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("labels", BATCHES.values(), ids=BATCHES)
def test_it_is_the_mean_over_all_pairs_of_a_class(labels: list[int], seed: int) -> None:
    embedding = unit_vectors(len(labels), seed)

    assert loss(labels, embedding) == pytest.approx(counted_out(labels, embedding), abs=1e-5)


@pytest.mark.parametrize(
    ("angles", "expected"),
    [
        # Of an anchor, a positive and two negatives, as squared distances from the anchor.
        ([0, 0.3, 0.35, 0.1], 0.3 - 0.35 + MARGIN),
        ([0, 0.3, 0.9, 0.1], 0),
        ([0, 0.3, 0.2, 0.1], 0.3 - 0.2 + MARGIN),
    ],
    ids=["the nearest that is farther", "none within the margin", "the farthest where all are nearer"],
)
def test_the_negative_is_semi_hard(angles: list[float], expected: float) -> None:
    from training.optim.triplet_loss import TripletLoss

    cosines = 1 - np.array(angles) / 2
    embedding = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1).astype(np.float32)

    losses = np.asarray(TripletLoss(MARGIN).call(one_hot([0, 0, 1, 2]), embedding))

    assert losses[0] * 2 / 4 == pytest.approx(expected, abs=1e-5)  # Two pairs, four pictures.


@pytest.mark.parametrize("labels", ["one class", "one picture a class", "one picture"])
def test_a_batch_without_triplets_costs_nothing(labels: str) -> None:
    assert loss(BATCHES[labels], unit_vectors(len(BATCHES[labels]), 1)) == 0


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("labels", BATCHES.values(), ids=BATCHES)
def test_the_way_down_is_finite(labels: list[int], alike: bool) -> None:
    gradient = gradient_of(
        labels, np.tile(unit_vectors(1, 1), (len(labels), 1)) if alike else unit_vectors(len(labels), 1)
    )

    assert np.isfinite(gradient).all()


def test_a_step_down_lowers_it() -> None:
    labels, embedding = BATCHES["even"], unit_vectors(9, 2)

    nearer = embedding - 0.05 * gradient_of(labels, embedding)

    assert loss(labels, nearer / np.linalg.norm(nearer, axis=1, keepdims=True)) < loss(labels, embedding)


def gradient_of(labels: list[int], embedding: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    from training.optim.triplet_loss import TripletLoss

    variable = tf.Variable(embedding)
    with tf.GradientTape() as tape:
        value: Any = TripletLoss(MARGIN)(one_hot(labels), variable)
    return np.asarray(tape.gradient(value, variable))


def test_the_accuracy_asks_for_the_nearest_other_picture() -> None:
    from training.optim.triplet_loss import nearest_is_of_same_class

    embedding = np.array([[1, 0], [0.99, 0.14], [0, 1], [0.6, 0.8]], np.float32)

    assert np.asarray(nearest_is_of_same_class(one_hot([0, 0, 1, 2]), embedding)).tolist() == [1, 1, 0, 0]
