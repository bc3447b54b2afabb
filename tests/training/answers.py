"""Answers made by hand, to measure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recognizer import ClassScore, Prediction
from training.evaluation.evaluate import Answered, Evaluation
from training.evaluation.open_set import AnsweredUnknown


def make_prediction(scores: dict[str, float], *, known: bool = True) -> Prediction:
    ranked = sorted(scores.items(), key=lambda entry: -entry[1])
    return Prediction(40, 30, known=known, top=tuple(ClassScore(name, score) for name, score in ranked))


def make_answered(actual: str, scores: dict[str, float], *, file: str = "1.png", known: bool = True) -> Answered:
    return Answered(Path(actual, file), actual, make_prediction(scores, known=known))


def make_unknown(kind: str, score: float, *, known: bool = True) -> AnsweredUnknown:
    """Of a kind that is named with its folder, such as animal/fox."""
    folder, _, name = kind.partition("/")
    return AnsweredUnknown(folder, name, make_prediction({"a": score, "b": 1 - score}, known=known))


def make_evaluation(class_names: Sequence[str], matrix: Sequence[Sequence[int]], **changes: Any) -> Evaluation:
    """As many pictures as the confusion matrix has, each answered with a score of 0.9."""
    rest = 0.1 / (len(class_names) - 1)
    answered = [
        make_answered(
            actual, {name: 0.9 if name == predicted else rest for name in class_names}, file=f"{predicted}-{number}.png"
        )
        for actual, row in zip(class_names, matrix, strict=True)
        for predicted, count in zip(class_names, row, strict=True)
        for number in range(count)
    ]
    return Evaluation(**{"class_names": tuple(class_names), "answered": tuple(answered), "unreadable": (), **changes})
