"""Temperature scaling: chooses how sure a model's scores are, on pictures that it was not trained on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

Floats = npt.NDArray[np.float32]

# Within this factor of 1 a score moves by less than 0.01, and plain Keras can go on giving the same ones.
_CLOSE_TO_ONE = 1.04


def best_temperature(logits: Floats, labels: npt.NDArray[np.int64]) -> float:
    """The temperature that makes the labels likeliest (Guo et al. 2017); 1 where it would be close to 1.

    Args:
        logits: (n, C) float32.
        labels: (n,) class indices.
    """
    temperature = 1 / best_factor(logits, labels)
    return 1.0 if 1 / _CLOSE_TO_ONE < temperature < _CLOSE_TO_ONE else temperature


def best_factor(logits: Floats, labels: npt.NDArray[np.int64]) -> float:
    """The factor on the logits, 1/4 to 8, that makes the labels likeliest.

    Each label is believed a little less than wholly, (n + 1) / (n + 2), as Platt 1999 does: a few pictures that are
    all answered right are no proof of certainty.

    Args:
        logits: (n, C) float32.
        labels: (n,) class indices.
    """
    pictures, classes = logits.shape
    doubt = 1 / (pictures + 2)
    targets = np.where(np.eye(classes, dtype=bool)[labels], 1 - doubt, doubt / (classes - 1))  # (n, C)

    def loss(factor: float) -> float:
        return float(-(targets * log_softmax(logits * factor, axis=1)).sum(axis=1).mean())

    return float(min(np.geomspace(1 / 4, 8, 101), key=loss))
