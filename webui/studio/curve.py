"""The curve of a fine-tuning: how many of the pictures held back are named rightly after each epoch, as a drawing.

epochs -> points in a box of 300 x 80, the lowest tenth that holds them all at the bottom, 1 at the top
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from webui.studio.progress import Epoch

WIDTH, HEIGHT = 300, 80


@dataclass(frozen=True)
class Curve:
    """The points of a line, and what the ends of its axis mean."""

    points: str
    """As the `points` of an SVG's polyline."""
    last: tuple[str, str]
    """Where the newest point is."""
    bottom: int
    """Percent at the bottom edge; 100 at the top."""


def of(epochs: Sequence[Epoch]) -> Curve | None:
    """The curve; None before there are two epochs to draw a line between."""
    shares = [min(1.0, max(0.0, epoch.accuracy)) for epoch in epochs if math.isfinite(epoch.accuracy)]
    if len(shares) < 2:
        return None
    bottom = min(0.9, math.floor(10 * min(shares)) / 10)
    places = [
        (f"{WIDTH * n / (len(shares) - 1):.1f}", f"{HEIGHT * (1 - share) / (1 - bottom):.1f}")
        for n, share in enumerate(shares)
    ]
    return Curve(" ".join(f"{x},{y}" for x, y in places), places[-1], round(100 * bottom))
