"""The results of a comparison of recipes: a row each, and whether the best of them is really better.

results -> a value for each recipe and fold, the mean of its seeds -> mean, interval -> differences, paired -> verdict
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, t

from recognizer.terminal import percent
from training.evaluation.confidence_intervals import CONFIDENCE, Interval, Share
from training.sweep.results import RIGHT, UNREADABLE, Result

Floats = npt.NDArray[np.float64]

# A recipe that costs at least so much less is worth to be named where no difference was found.
_CHEAPER = 0.8


@dataclass(frozen=True)
class Row:
    """How one recipe did: the results of its trainings, a row for each seed and a column for each fold."""

    name: str
    results: tuple[tuple[Result, ...], ...]

    @cached_property
    def folds(self) -> Floats:
        """(K,) share right of the pictures that each fold left out, the mean of the seeds."""
        values: Floats = np.array([[result.left_out.value for result in seed] for seed in self.results])
        return np.asarray(values.mean(axis=0))

    @cached_property
    def pictures(self) -> Floats:
        """(N,) share of the seeds that were right about each picture; NaN where one could not be read."""
        letters = np.array([[*"".join(result.answers for result in seed)] for seed in self.results])
        return np.where((letters == UNREADABLE).any(axis=0), np.nan, (letters == RIGHT).mean(axis=0))

    @property
    def mean(self) -> float:
        """Share right of all pictures left out."""
        return float(np.nanmean(self.pictures))

    @property
    def interval(self) -> Interval:
        """95 %, for pictures of other groups: the wider one of the folds' and of the pictures'.

        Folds that were all answered alike would have one without a width, and pictures alone would not know that those
        of a group are alike.
        """
        known = ~np.isnan(self.pictures)
        low, high = Share(round(float(self.pictures[known].sum())), int(known.sum())).interval or (0.0, 1.0)
        margin = _margin(self.folds)
        return max(0.0, min(low, self.mean - margin)), min(1.0, max(high, self.mean + margin))

    @property
    def held_back(self) -> float:
        """Share right of pictures held back of the groups that were trained on."""
        return float(np.mean([result.held_back.value for seed in self.results for result in seed]))

    @property
    def cpu_s(self) -> float:
        """CPU seconds of a training with judging it, on average, without its features."""
        return float(np.mean([result.cpu_s for seed in self.results for result in seed]))

    def to_dict(self) -> dict[str, Any]:
        """The row as `--json` prints it."""
        return {
            "name": self.name,
            "mean": self.mean,
            "interval": self.interval,
            "held_back": self.held_back,
            "cpu_seconds": self.cpu_s,
            "folds": self.folds.tolist(),
            "trainings": [[result.to_dict() for result in seed] for seed in self.results],
        }


@dataclass(frozen=True)
class Difference:
    """The best recipe compared with another one, on the same folds."""

    name: str
    """Of the other one."""
    gain: float
    """Share right of the best one, less that of the other."""
    interval: Interval
    p_value: float
    """How often recipes that are equally good differ so much, after Holm's correction for several others."""

    @property
    def is_real(self) -> bool:
        """Whether it is more than chance."""
        return self.p_value < 1 - CONFIDENCE

    def to_dict(self) -> dict[str, Any]:
        """The difference as `--json` prints it."""
        return {
            "name": self.name,
            "gain": self.gain,
            "interval": self.interval,
            "p_value": self.p_value,
            "more_than_chance": self.is_real,
        }


@dataclass(frozen=True)
class Comparison:
    """Recipes by how they do on groups that they were not trained on, the best first."""

    rows: tuple[Row, ...]
    groups: int

    @property
    def winner(self) -> Row:
        """The best one; of equals, the cheaper one."""
        return self.rows[0]

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Between the best one and each of the others."""
        raw = [max(_p_of_folds(self.winner, other), _p_of_pictures(self.winner, other)) for other in self.rows[1:]]
        return tuple(
            Difference(other.name, self.winner.mean - other.mean, _gain_interval(self.winner, other), p)
            for other, p in zip(self.rows[1:], _holm(raw), strict=True)
        )

    def verdict(self) -> str:
        """The conclusion, in plain sentences."""
        best, (low, high) = self.winner, self.winner.interval
        said = (
            f"{best.name} is right about {percent(best.mean)} of pictures of {self.groups} groups that it was not"
            f" trained on ({100 * low:.1f} to {100 * high:.1f})"
        )
        if not self.differences:
            return f"{said}. There is nothing to compare it with."
        alike = [difference.name for difference in self.differences if not difference.is_real]
        if not alike:
            return f"{said}, really better than {_listed([each.name for each in self.differences])}."
        said += f", the most; but its lead over {_listed(alike)} is not more than chance."
        cheaper = min((row for row in self.rows if row.name in alike), key=lambda row: row.cpu_s)
        if cheaper.cpu_s < _CHEAPER * best.cpu_s:
            said += f" {cheaper.name} takes {percent(cheaper.cpu_s / best.cpu_s, 0)} of its CPU time."
        return said

    def to_dict(self) -> dict[str, Any]:
        """The comparison as `--json` prints it."""
        return {
            "winner": self.winner.name,
            "verdict": self.verdict(),
            "groups": self.groups,
            "recipes": [row.to_dict() for row in self.rows],
            "differences": [difference.to_dict() for difference in self.differences],
        }


def compare(found: Mapping[tuple[str, int, int], Result], *, groups: int) -> Comparison:
    """Compares recipes.

    Args:
        found: the result of each training, by recipe, seed and number of the fold.
        groups: how many were left out in turn.
    """
    rows = [Row(name, _table(found, name)) for name in dict.fromkeys(name for name, _, _ in found)]
    return Comparison(tuple(sorted(rows, key=lambda row: (-row.mean, row.cpu_s))), groups)


def _table(found: Mapping[tuple[str, int, int], Result], name: str) -> tuple[tuple[Result, ...], ...]:
    seeds: dict[int, dict[int, Result]] = {}
    for (other, seed, number), result in found.items():
        if other == name:
            seeds.setdefault(seed, {})[number] = result
    return tuple(tuple(folds[number] for number in sorted(folds)) for _, folds in sorted(seeds.items()))


def _margin(values: Floats) -> float:
    """Half the width of the 95 % interval of the mean of folds whose training pictures overlap.

    The corrected resampled t interval (Nadeau & Bengio 2003, "Inference for the Generalization Error"): a fold tests on
    1 / (K - 1) of what it trains on.
    """
    count = len(values)
    return float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * _standard_error(values)


def _standard_error(values: Floats) -> float:
    count = len(values)
    return float(values.std(ddof=1)) * math.sqrt(1 / count + 1 / (count - 1))


def _p_of_folds(best: Row, other: Row) -> float:
    differences = best.folds - other.folds
    mean, error = abs(float(differences.mean())), _standard_error(differences)
    if not mean:
        return 1.0
    return float(2 * t.sf(mean / error, len(differences) - 1)) if error else 0.0


def _p_of_pictures(best: Row, other: Row) -> float:
    """The sign test: without it, folds that happen to differ alike would prove anything."""
    differences = best.pictures - other.pictures
    more, less = int((differences > 0).sum()), int((differences < 0).sum())
    return float(binomtest(more, more + less).pvalue) if more + less else 1.0


def _gain_interval(best: Row, other: Row) -> Interval:
    gain, margin = best.mean - other.mean, _margin(best.folds - other.folds)
    return max(-1.0, gain - margin), min(1.0, gain + margin)


def _holm(values: Sequence[float]) -> list[float]:
    """The p values, corrected for their number (Holm 1979)."""
    corrected, highest = [1.0] * len(values), 0.0
    for place, at in enumerate(np.argsort(values, kind="stable")):
        highest = max(highest, min(1.0, (len(values) - place) * values[at]))
        corrected[at] = highest
    return corrected


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
