"""The population stability index of two sets of counts, and how large it becomes by chance.

PSI = sum (p - q) ln(p / q) over the cells. Where nothing has changed, PSI / (1/n + 1/m) follows a chi-square
distribution with one degree of freedom less than there are cells (Yurdakul 2018, "Statistical Properties
of Population Stability Index"). With two cells that is a test of two proportions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

SOME, MUCH = 0.1, 0.25
"""The usual bounds of the index: from which on a change is worth a look, and from which on it is large."""
_BY_CHANCE = 0.001
"""How often a change is found where there is none."""


@dataclass(frozen=True)
class Shift:
    """How far two sets of counts are from each other."""

    index: float
    by_chance: float
    """What the index reaches by chance once in a thousand times."""

    @property
    def is_found(self) -> bool:
        """Whether there is a change worth a look that is not chance."""
        return self.index >= max(SOME, self.by_chance)

    @property
    def is_large(self) -> bool:
        """Whether it is a large one."""
        return self.is_found and self.index >= MUCH


def shift(now: Sequence[int], then: Sequence[int]) -> Shift:
    """Compares counts in the same cells; each side has some.

    A cell that is empty on one side would make the index infinite, so that each has half a picture more. A cell that
    is empty on both sides does not count.
    """
    cells = [(a, b) for a, b in zip(now, then, strict=True) if a or b]
    n, m = sum(now), sum(then)
    half = 0.5 * len(cells)
    shares = [((a + 0.5) / (n + half), (b + 0.5) / (m + half)) for a, b in cells]
    index = sum((p - q) * math.log(p / q) for p, q in shares)
    return Shift(index, (1 / n + 1 / m) * _chi_square(len(cells) - 1))


def _chi_square(freedom: int) -> float:
    """The quantile of the chi-square distribution that is passed by chance, after Wilson and Hilferty (1931)."""
    if freedom == 0:
        return 0.0
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + NormalDist().inv_cdf(1 - _BY_CHANCE) * math.sqrt(part)) ** 3)
