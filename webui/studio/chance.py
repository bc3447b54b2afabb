"""How sure a figure is that was counted on some pictures, and how likely chance alone comes to another one."""

from __future__ import annotations

import math
from statistics import NormalDist

SIGNIFICANT = 0.05
"""Of a test's p-value: what is below is more than chance."""
_Z = NormalDist().inv_cdf(0.975)


def interval(part: int, whole: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share: Wilson's score interval (Wilson 1927).

    Args:
        part: counted.
        whole: of so many, at least 1.
    """
    share, spread = part / whole, _Z * _Z / whole
    centre = share + spread / 2
    half = _Z * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return max(0.0, (centre - half) / (1 + spread)), min(1.0, (centre + half) / (1 + spread))


def at_least(part: int, whole: int, share: float) -> float:
    """The exact probability that of `whole` tosses that come up with a probability of `share`, `part` or more do."""
    return sum(math.comb(whole, n) * share**n * (1 - share) ** (whole - n) for n in range(part, whole + 1))
