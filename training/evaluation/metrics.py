"""Metrics of each class, from a confusion matrix: precision, recall and F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.confidence_intervals import Interval, Share, f1_interval

Matrix = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 of one class."""

    name: str
    precision: Share
    """Of the pictures that were taken for the class, the share that shows it."""
    recall: Share
    """Of the pictures of the class, the share that was found."""
    f1: float
    """Harmonic mean of precision and recall; 0 where undefined."""
    f1_interval: Interval | None

    @property
    def n(self) -> int:
        """The number of pictures of the class."""
        return self.recall.whole

    def to_dict(self) -> dict[str, Any]:
        """The figures as `evaluate --json` prints them: 0 where undefined, and then without an interval."""
        return {
            "precision": self.precision.value,
            "precision_interval": self.precision.interval,
            "recall": self.recall.value,
            "recall_interval": self.recall.interval,
            "f1": self.f1,
            "f1_interval": self.f1_interval,
            "n": self.n,
        }


def class_figures(class_names: tuple[str, ...], matrix: Matrix) -> tuple[ClassFigures, ...]:
    """The figures of every class, in class order.

    Args:
        class_names: C names.
        matrix: (C, C), pictures of the row's class that were taken for the column's.
    """
    return tuple(_figures(name, matrix, index) for index, name in enumerate(class_names))


def macro(figures: tuple[ClassFigures, ...]) -> dict[str, float]:
    """Means over the classes that there are pictures of: each counts the same, however many pictures it has."""
    present = [figure for figure in figures if figure.n]
    return {
        "precision": float(np.mean([figure.precision.value for figure in present])),
        "recall": float(np.mean([figure.recall.value for figure in present])),
        "f1": float(np.mean([figure.f1 for figure in present])),
    }


def _figures(name: str, matrix: Matrix, index: int) -> ClassFigures:
    found = int(matrix[index, index])
    actual, predicted = int(matrix[index].sum()), int(matrix[:, index].sum())
    return ClassFigures(
        name=name,
        precision=Share(found, predicted),
        recall=Share(found, actual),
        f1=2 * found / (actual + predicted) if actual + predicted else 0.0,
        f1_interval=f1_interval(found, predicted - found, actual - found),
    )
