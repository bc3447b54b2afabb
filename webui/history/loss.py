"""How much a model could learn from a correction."""

from __future__ import annotations

import math
from collections.abc import Sequence

from webui.history.models import Answer, CorrectionKind

_LEAST = 1e-6
"""No probability counts as lower, so that a surprise is a number below 14."""


def surprise(answer: Answer, kind: str, label: str) -> float:
    """-log p of what is right, as the model saw it: 0 where it knew, 13.8 where it was certain of something else.

    A classifier's loss on the picture, so what the next training would learn most from. A picture that is none of the
    classes should have had no class with a high score; one that was wrongly turned away as if it had a low one.
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
