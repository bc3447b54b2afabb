"""Says what differs between two answers to one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recognizer import Prediction

_SHOWN = 10


@dataclass(frozen=True)
class ScorePair:
    """One class and what each version gives it."""

    label: str
    scores: list[float | None]
    """None where a version does not have the class."""


@dataclass(frozen=True)
class Difference:
    """Two answers side by side."""

    same_answer: bool
    """The same class, or both none of theirs."""
    scores: list[ScorePair]
    """The classes that matter to either, best first."""


def differences(predictions: Sequence[Prediction]) -> Difference:
    """Compares answers to the same picture."""
    by_label = [{entry.label: entry.score for entry in prediction.top} for prediction in predictions]
    labels = dict.fromkeys(label for scores in by_label for label in scores)
    pairs = [ScorePair(label, [scores.get(label) for scores in by_label]) for label in labels]
    pairs.sort(key=lambda pair: -max(score or 0.0 for score in pair.scores))
    return Difference(len({prediction.label for prediction in predictions}) == 1, pairs[:_SHOWN])
