"""A world of kinds of things, and a backbone that can tell them apart, by numbers alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recognizer.model_file.numbers import Floats, unit_length
from recognizer.model_file.rejection_head import BackboneHead

KINDS, FEATURES = 12, 24
_NOISE = 0.06
_LENGTH = 7.0
"""Of embeddings before they are brought to unit length."""


def _means() -> Floats:
    """(K, D), as far from each other in all directions."""
    basis, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(FEATURES, KINDS)))
    return np.asarray(0.3 * basis.T, np.float32)


MEANS = _means()
CENTRE = np.full(FEATURES, 0.9 / FEATURES**0.5, np.float32)


def embeddings(kinds: npt.ArrayLike, *, seed: int = 0) -> Floats:
    """(N, D) of pictures of these kinds, as a network gives them."""
    chosen = MEANS[np.asarray(kinds)]
    noise = np.random.default_rng(seed).normal(0, _NOISE, chosen.shape)
    return np.asarray(_LENGTH * unit_length(np.asarray(CENTRE + chosen + noise, np.float32)), np.float32)


def backbone_head(*, centre: Floats | None = CENTRE) -> BackboneHead:
    """The one that tells the kinds apart best: discriminant analysis, for noise that is the same everywhere."""
    weights = MEANS / _NOISE**2 / _LENGTH
    bias = -(np.square(MEANS).sum(axis=1) / 2 + MEANS @ CENTRE) / _NOISE**2
    return BackboneHead(weights, bias.astype(np.float32), centre)
