"""The answer for one picture, as every door of the house gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class ClassScore:
    """One class and its probability, 0 to 1."""

    label: str
    score: float


@dataclass(frozen=True)
class Prediction:
    """What is in one picture."""

    width: int
    """Of the upright picture as it was sent, in pixels."""
    height: int
    known: bool
    """False: the picture is none of the classes. Always true of a model without a rejection."""
    top: tuple[ClassScore, ...]
    """Every class, best first."""
    familiarity: float | None = None
    """What `known` follows from: more is better known. None of a model without a rejection."""

    @property
    def label(self) -> str | None:
        """The class, or None where the picture is none of them."""
        return self.top[0].label if self.known else None

    @property
    def score(self) -> float:
        """Probability of the best class."""
        return self.top[0].score

    def to_dict(self, *, top_k: int | None = None) -> dict[str, Any]:
        """The prediction as the JSON API spells it, with the `top_k` best classes (default: all)."""
        return {
            "width": self.width,
            "height": self.height,
            "known": self.known,
            "label": self.label,
            "score": self.score,
            "top": [{"label": entry.label, "score": entry.score} for entry in self.top[:top_k]],
            "heatmap": None,
        }


def rank(class_names: tuple[str, ...], probabilities: npt.NDArray[np.float32]) -> tuple[ClassScore, ...]:
    """Pairs the (C,) probabilities of one picture with their names, best first; equal ones in class order."""
    order = np.argsort(-probabilities, kind="stable")
    return tuple(ClassScore(class_names[i], round(float(probabilities[i]), 6)) for i in order)
