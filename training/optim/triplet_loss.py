"""The semi-hard triplet loss: pictures of a class should lie nearer to each other than to those of other classes.

embeddings (N, E) -> squared distances (N, N) -> for each pair of a class, one picture of another -> hinge
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

# Farther than anything of unit length.
_FAR = 8.0


class TripletLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras has no type stubs.
    """Triplet loss of a batch with semi-hard negatives (Schroff et al. 2015, https://arxiv.org/abs/1503.03832, 3.2).

    Each pair of pictures of one class, anchor and positive, is compared with the nearest picture of another class that
    is farther from the anchor than the positive is. Where none is, with the farthest of the others: the hardest ones
    would pull all embeddings into one point.
    """

    def __init__(self, margin: float) -> None:
        """Prepares the loss.

        Args:
            margin: how much farther the negative is to be than the positive, in squared distance.
        """
        super().__init__(name="triplet_loss")
        self._margin = margin

    def call(self, labels: Any, embedding: Any) -> Any:
        """(N,) losses of the anchors, whose mean is the mean over all pairs; 0 where there is no triplet.

        Args:
            labels: (N, C), one-hot.
            embedding: (N, E) of unit length.
        """
        distances = squared_distances(embedding)  # (N, N)
        same = same_class(labels)  # (N, N)
        negatives = _negatives(distances, same)  # (N, N)
        is_triplet = same & ~_itself(distances) & ops.any(~same, axis=1, keepdims=True)
        hinges = ops.where(is_triplet, ops.relu(distances - negatives + self._margin), 0.0)
        triplets = ops.sum(ops.cast(is_triplet, hinges.dtype))
        pictures = ops.cast(ops.shape(distances)[0], hinges.dtype)
        return ops.sum(hinges, axis=1) * pictures / ops.maximum(triplets, 1.0)


def nearest_is_of_same_class(labels: Any, embedding: Any) -> Any:
    """(N,) 1 where the nearest other picture of the batch is of the picture's class, else 0."""
    distances = squared_distances(embedding)
    others = ops.where(_itself(distances), _FAR, distances)  # (N, N)
    is_nearest = ops.one_hot(ops.argmin(others, axis=1), ops.shape(distances)[0], dtype="bool")
    return ops.cast(ops.any(is_nearest & same_class(labels), axis=1), distances.dtype)


def squared_distances(embedding: Any) -> Any:
    """Squared distances between all pairs of embeddings: (N, E) of unit length -> (N, N), 0 to 4."""
    unit = ops.cast(embedding, "float32")
    return ops.maximum(2.0 - 2.0 * ops.matmul(unit, ops.transpose(unit)), 0.0)


def same_class(labels: Any) -> Any:
    """Whether two pictures are of the same class, for all pairs: labels (N, C), one-hot -> (N, N) bool."""
    one_hot = ops.cast(labels, "float32")
    return ops.matmul(one_hot, ops.transpose(one_hot)) > 0.5


def _itself(distances: Any) -> Any:
    return ops.cast(ops.eye(ops.shape(distances)[0]), "bool")


def _negatives(distances: Any, same: Any) -> Any:
    """(N, N) distance from each anchor to the negative that each other picture is compared with."""
    other = ops.expand_dims(distances, 1)  # (anchor, 1, negative)
    is_farther = ~ops.expand_dims(same, 1) & (other > ops.expand_dims(distances, 2))  # (N, N, N)
    nearest_farther = ops.min(ops.where(is_farther, other, _FAR), axis=2)
    farthest = ops.max(ops.where(same, -_FAR, distances), axis=1, keepdims=True)  # (N, 1)
    return ops.where(ops.any(is_farther, axis=2), nearest_farther, farthest)
