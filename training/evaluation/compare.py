"""Compares two models: whether one is really better than the other, from their answers to the same pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.stats import binomtest, norm

from training.errors import DatasetError
from training.evaluation.confidence_intervals import CONFIDENCE, Interval
from training.evaluation.evaluate import Answered, Evaluation

# Pictures that must differ, all to one side, before the test can find anything: 2 * 0.5^6 = 0.03.
_FEWEST = 6


@dataclass(frozen=True)
class Difference:
    """A picture that just one of the two models gets right."""

    new: Answered
    old: Answered


@dataclass(frozen=True)
class Comparison:
    """The comparison of two models on the same pictures."""

    n: int
    """The number of pictures that both models answered."""
    differences: tuple[Difference, ...]

    @property
    def only_new(self) -> int:
        """The number of pictures that only the new model gets right."""
        return sum(pair.new.is_right for pair in self.differences)

    @property
    def only_old(self) -> int:
        """The number of pictures that only the old model gets right."""
        return len(self.differences) - self.only_new

    @property
    def p_value(self) -> float:
        """McNemar's exact test: how often models that are equally good differ so much (McNemar 1947).

        Where both are right, or both wrong, a picture says nothing; the others are tosses of a fair coin.
        """
        return float(binomtest(self.only_new, len(self.differences)).pvalue) if self.differences else 1.0

    @property
    def gain(self) -> float:
        """Accuracy of the new model less that of the old one, -1 to 1."""
        return (self.only_new - self.only_old) / self.n

    @property
    def gain_interval(self) -> Interval:
        """The confidence interval of the gain: Wald's, with half a picture added to each of the four cells.

        Agresti & Min 2005, "Simple improved confidence intervals for comparing matched proportions".
        """
        n, new, old = self.n + 2, self.only_new + 0.5, self.only_old + 0.5
        margin = float(norm.ppf((1 + CONFIDENCE) / 2)) * math.sqrt(new + old - (new - old) ** 2 / n) / n
        return max(-1.0, (new - old) / n - margin), min(1.0, (new - old) / n + margin)

    def verdict(self) -> str:
        """The conclusion, in a plain sentence."""
        if not self.differences:
            return f"No difference: both models answer the same of the {self.n} pictures right."
        counts = (
            f"of {self.n} pictures, {self.only_new} only the new one gets right, and {self.only_old} only the old one"
        )
        if self.p_value < 1 - CONFIDENCE:
            which = "better" if self.gain > 0 else "worse"
            return f"The new model is really {which}: {counts} (p = {self.p_value:.2g})."
        few = f" At least {_FEWEST} would have to differ." if len(self.differences) < _FEWEST else ""
        return (
            f"Which one is better cannot be told: {counts}. Chance alone often does that (p = {self.p_value:.2g}).{few}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The comparison as `evaluate --json` prints it."""
        return {
            "verdict": self.verdict(),
            "n": self.n,
            "only_new_right": self.only_new,
            "only_old_right": self.only_old,
            "p_value": self.p_value,
            "gain": self.gain,
            "gain_interval": self.gain_interval,
            "differences": [
                {
                    "file": pair.new.file,
                    "actual": pair.new.actual,
                    "new": pair.new.predicted,
                    "new_score": pair.new.score,
                    "old": pair.old.predicted,
                    "old_score": pair.old.score,
                }
                for pair in self.differences
            ],
        }


def compare(new: Evaluation, old: Evaluation) -> Comparison:
    """Compares two models' answers picture by picture; a picture that only one could read is left out.

    Raises:
        DatasetError: there is not one picture that both answered.
    """
    before: Mapping[Path, Answered] = {picture.path: picture for picture in old.answered}
    pairs = [Difference(picture, before[picture.path]) for picture in new.answered if picture.path in before]
    if not pairs:
        raise DatasetError("There is not one picture that both models answered.")
    return Comparison(len(pairs), tuple(pair for pair in pairs if pair.new.is_right != pair.old.is_right))
