"""The loss of a model on a picture that somebody has corrected: how much it could learn from it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from webui.history.models import Answer, CorrectionKind

_LEAST = 1e-6
"""No probability counts as lower, so that no loss is above 14."""


def loss(answer: Answer, kind: str, label: str) -> float:
    """The cross-entropy loss: -log p of what is right; 0 where the model knew, 13.8 where it was certain otherwise.

    The next training would learn most from the pictures with the highest loss. A picture that is none of the classes
    should have had no class with a high score; one that was wrongly turned away counts as if its score were low.
    """
    if kind in (CorrectionKind.NONE, CorrectionKind.NEW_CLASS):
        probability = 1 - answer.score if answer.known else 1.0
    elif answer.known:
        probability = _probability(answer.top, label)
    else:
        probability = min(_probability(answer.top, label), 0.1)
    return -math.log(max(probability, _LEAST))


def _probability(top: Sequence[tuple[str, float]], label: str) -> float:
    return next((score for name, score in top if name == label), 0.0)
