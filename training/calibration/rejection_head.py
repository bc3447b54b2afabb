"""Fits a rejection head: the classes against a background of made and of real unknown pictures.

    embeddings of several views, labels -> made unknown pictures, own classes of the backbone -> logistic regression

"Classes" are the user's, "outputs of the backbone" the thousand that its own head knows.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from recognizer.model_file.numbers import Floats, rounded, unit_length
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from training.calibration.background import Labels, own_classes, place

_L2 = 1e-4
"""Half of it weighs the squared norm of the head's weights against the mean loss."""
_MADE = 3
"""Made pictures of each class of the backbone."""
_REAL = 0.7
"""Share of the background's weight that real unknown pictures have, where there are any."""
_ITERATIONS = 60
_HARDLY = 0.5
"""Where the backbone's head sees less of the classes in the known pictures than that, its word counts half."""


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


def fit(head: BackboneHead, known: Pictures, labels: Labels, unknown: Pictures | None, *, seed: int) -> HeadScore:
    """Fits the rejection head of a model.

    Args:
        head: of the backbone.
        known: training pictures.
        labels: (N,) their class indices, each at least once.
        unknown: pictures of other things; None where there are none.
        seed: of what is drawn.

    Returns:
        The score, rounded as it is stored.
    """
    rng = np.random.default_rng(seed)
    unit, probabilities = unit_length(known.served), head.probabilities(known.served)
    background = place(head, unit, labels, probabilities, None if unknown is None else unit_length(unknown.served))
    elsewhere = np.zeros_like(head.bias) if unknown is None else head.probabilities(unknown.served).mean(axis=0)
    own = own_classes(background, unit, labels, probabilities, elsewhere, rng)
    shown, made = known.all(), background.draw(_MADE, rng)
    classes = int(labels.max()) + 1
    each = 1 / np.bincount(labels)[labels]
    parts: list[tuple[Floats, Sequence[int] | Labels, np.ndarray]] = [
        (shown, np.tile(labels, len(known.views) + 1), np.tile(each, len(known.views) + 1)),
        (made, [classes] * len(made), np.tile(1 - own, _MADE)),
    ]
    shares = [1.0, 1.0]
    if unknown is not None:
        real = unknown.all()
        parts.append((real, [classes] * len(real), np.ones(len(real))))
        shares = [1.0, 1 - _REAL, _REAL]
    weights = [share * weight / weight.sum() for share, (_, _, weight) in zip(shares, parts, strict=True)]
    kernel, bias = _logistic(
        np.concatenate([x for x, _, _ in parts]),
        np.concatenate([np.asarray(targets) for _, targets, _ in parts]),
        np.concatenate(weights),
    )
    seen = float((probabilities @ own).mean())
    return HeadScore(
        backbone=BackboneHead(rounded(head.kernel), rounded(head.bias), rounded(background.centre)),
        own=rounded(own),
        kernel=rounded(kernel),
        bias=rounded(bias),
        backbone_weight=1.0 if seen >= _HARDLY else 0.5,
    )


def _logistic(x: Floats, targets: Labels, weights: np.ndarray) -> tuple[Floats, Floats]:
    """(C, D) weights and (C,) biases; the mean embedding is taken off first, for the sake of the solver."""
    share = weights / weights.sum()
    centre = np.asarray(share @ x, np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # More steps follow the training pictures too closely.
        found = LogisticRegression(C=1 / _L2, max_iter=_ITERATIONS).fit(x - centre, targets, sample_weight=share)
    kernel = np.asarray(found.coef_, np.float32)
    return kernel, np.asarray(found.intercept_ - kernel @ centre, np.float32)
