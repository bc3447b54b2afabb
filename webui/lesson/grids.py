"""Maps of numbers as the templates show them: each number with its text and its tone, a class of lesson.css."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from webui.lesson.arithmetic import Numbers


@dataclass(frozen=True)
class Cell:
    """One number."""

    text: str
    tone: str


@dataclass(frozen=True)
class Grid:
    """A map."""

    caption: str
    rows: list[list[Cell]]


def picture(caption: str, numbers: Numbers) -> Grid:
    """Ten levels of grey: 0 is black, 9 white."""
    return _grid(caption, numbers, lambda value: f"grey-{round(value)}")


def signed(caption: str, numbers: Numbers) -> Grid:
    """Green above 0, red below, the stronger the nearer to the largest."""
    most = float(abs(numbers).max())

    def tone(value: float) -> str:
        level = math.ceil(9 * abs(value) / most) if most else 0
        return f"{'minus' if value < 0 else 'plus'}-{level}" if level else "zero"

    return _grid(caption, numbers, tone)


def written(value: float) -> str:
    """-0.25 -> −0.25; at most two decimals."""
    return f"{round(value, 2):g}".replace("-", "−")


def _grid(caption: str, numbers: Numbers, tone: Callable[[float], str]) -> Grid:
    return Grid(caption, [[Cell(written(value), tone(value)) for value in row] for row in numbers.tolist()])
