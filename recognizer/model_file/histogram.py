"""How often values from 0 to 1 lie between bounds: scores and likenesses, in a model file and of a server's days."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCORE_BOUNDS = (0.5, 0.8, 0.95, 0.99)
"""The first three are those of the words for certainty; most scores of a calibrated model lie above them."""
LIKENESS_BOUNDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

_MOST = 100


class Histogram(BaseModel):
    """Counts of values, from the smallest on: one more than bounds. A value at a bound counts above it."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    bounds: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1, max_length=_MOST)]
    counts: Annotated[tuple[Annotated[int, Field(ge=0, le=10**12)], ...], Field(max_length=_MOST + 1)]

    @classmethod
    def of(cls, values: Iterable[float], bounds: tuple[float, ...]) -> Self:
        """Counts values; what is no number is left out."""
        counts = [0] * (len(bounds) + 1)
        for value in values:
            if value == value:  # noqa: PLR0124 - not NaN.
                counts[place(value, bounds)] += 1
        return cls(bounds=bounds, counts=tuple(counts))

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.counts) != len(self.bounds) + 1 or list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError(f"Expected rising bounds and one count more. Received: {self.bounds}, {self.counts}")
        return self


def place(value: float, bounds: tuple[float, ...]) -> int:
    """Which of the counts a value belongs to."""
    return bisect_right(bounds, value)
