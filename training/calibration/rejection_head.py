"""Fits a rejection head: the classes against a background of made and of real unknown pictures.

    embeddings of several views, labels -> made unknown pictures, own classes of the backbone -> logistic regression
                                                                        with real unknown pictures, a hidden layer, too

"Classes" are the user's, "outputs of the backbone" the thousand that its own head knows.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from recognizer.model_file.numbers import Floats, rounded, unit_length
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from training.calibration import hidden_layer
from training.calibration.background import Labels, own_classes, place
from training.calibration.hidden_layer import Sample

_L2 = 1e-4
"""Half of it weighs the squared norm of the head's weights against the mean loss."""
_MADE = 3
"""Made pictures of each class of the backbone."""
_REAL = 0.7
"""Share of the background's weight that real unknown pictures have, where there are any."""
_ITERATIONS = 60
_HARDLY = 0.5
"""Where the backbone's head sees less of the classes in the known pictures than that, its word counts half; beside a
hidden layer, it always does."""


@dataclass(frozen=True)
class Pictures:
    """Embeddings of pictures in several views."""

    served: Floats
    """(N, D), of the pictures as they are served."""
    views: tuple[Floats, ...]
    """Others, (N, D) each."""

    def __getitem__(self, chosen: np.ndarray) -> Pictures:
        return Pictures(self.served[chosen], tuple(view[chosen] for view in self.views))

    def with_view(self, view: Floats) -> Pictures:
        """The same with one view more, (N, D)."""
        return Pictures(self.served, (*self.views, view))

    def all(self) -> Floats:
        """(V * N, D): all views of all pictures, of unit length."""
        return unit_length(np.concatenate([self.served, *self.views]))


def fit(
    head: BackboneHead,
    known: Pictures,
    labels: Labels,
    unknown: Pictures | None,
    *,
    seed: int,
    hidden: bool = False,
) -> HeadScore:
    """Fits the rejection head of a model.

    Args:
        head: of the backbone.
        known: training pictures.
        labels: (N,) their class indices, each at least once.
        unknown: pictures of other things; None where there are none.
        seed: of what is drawn.
        hidden: whether it has a hidden layer, which takes many real unknown pictures.

    Returns:
        The score, rounded as it is stored.
    """
    rng = np.random.default_rng(seed)
    unit, probabilities = unit_length(known.served), head.probabilities(known.served)
    background = place(head, unit, labels, probabilities, None if unknown is None else unit_length(unknown.served))
    elsewhere = np.zeros_like(head.bias) if unknown is None else head.probabilities(unknown.served).mean(axis=0)
    own = own_classes(background, unit, labels, probabilities, elsewhere, rng)
    sample = _sample(known, labels, background.draw(_MADE, rng), np.tile(1 - own, _MADE), unknown)
    kernel, bias = _logistic(sample)
    seen = float((probabilities @ own).mean())
    return HeadScore(
        backbone=BackboneHead(rounded(head.kernel), rounded(head.bias), rounded(background.centre)),
        own=rounded(own),
        kernel=rounded(kernel),
        bias=rounded(bias),
        backbone_weight=0.5 if hidden or seen < _HARDLY else 1.0,
        hidden=hidden_layer.fit(sample, seed=seed) if hidden else None,
    )


def _sample(known: Pictures, labels: Labels, made: Floats, made_weights: Floats, unknown: Pictures | None) -> Sample:
    """All views, weighted: each class the same, the background as much as all classes."""
    background = int(labels.max()) + 1
    times = len(known.views) + 1
    parts: list[tuple[Floats, Labels, np.ndarray, float]] = [
        (known.all(), np.tile(labels, times), np.tile(1 / np.bincount(labels)[labels], times), 1.0),
        (made, np.full(len(made), background), made_weights, 1.0 if unknown is None else 1 - _REAL),
    ]
    if unknown is not None:
        real = unknown.all()
        parts.append((real, np.full(len(real), background), np.ones(len(real)), _REAL))
    weights = np.concatenate([share * each / each.sum() for _, _, each, share in parts])
    return Sample(
        np.concatenate([x for x, _, _, _ in parts]),
        np.concatenate([targets for _, targets, _, _ in parts]),
        weights / weights.sum(),
    )


def _logistic(sample: Sample) -> tuple[Floats, Floats]:
    """(C, D) weights and (C,) biases; the mean embedding is taken off first, for the sake of the solver."""
    centre = np.asarray(sample.weights @ sample.x, np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # More steps follow the training pictures too closely.
        regression = LogisticRegression(C=1 / _L2, max_iter=_ITERATIONS)
        found = regression.fit(sample.x - centre, sample.targets, sample_weight=sample.weights)
    kernel = np.asarray(found.coef_, np.float32)
    return kernel, np.asarray(found.intercept_ - kernel @ centre, np.float32)
