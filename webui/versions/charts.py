"""Works out a line chart: where its lines, ticks and words stand. The template draws it as SVG, without any style.

series by epoch -> scale to a box of 460 x 260 -> Chart -> templates/webui/models/_chart.html
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 460, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 448, 14, 222
_MOST_TICKS = 6


@dataclass(frozen=True)
class Series:
    """A named line, one value an epoch."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Line:
    """A series as it is drawn."""

    name: str
    points: str
    """As `<polyline>` takes them: x,y x,y"""
    dots: list[tuple[str, str]]


@dataclass(frozen=True)
class Tick:
    """A mark at an axis."""

    at: str
    text: str


@dataclass(frozen=True)
class Chart:
    """A finished drawing, and the same as a table."""

    name: str
    """Tells its ids from those of other charts."""
    title: str
    description: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    bounds: list[str]
    """Where one phase ends and another begins."""
    rows: list[tuple[int, list[str]]]
    """Epoch, and a value for each line."""


def by_epoch(
    name: str, *, title: str, description: str, series: Iterable[Series], phases: Sequence[int]
) -> Chart | None:
    """A chart of values by epoch; None where there is nothing to draw.

    Args:
        name: of the chart, letters only.
        title: what it shows.
        description: the same for those who cannot see it.
        series: the lines, at most two.
        phases: epochs in each phase.
    """
    drawn = [line for line in series if line.values and all(map(math.isfinite, line.values))]
    if not drawn:
        return None
    epochs = max(len(line.values) for line in drawn)
    y_ticks = ticks(*_range(value for line in drawn for value in line.values))
    decimals = max(0, math.ceil(-math.log10(y_ticks[1] - y_ticks[0]) - 1e-9))
    return Chart(
        name,
        title,
        description,
        lines=[_line(line, epochs, y_ticks) for line in drawn],
        x_ticks=[Tick(_x(epoch, epochs), f"{epoch:g}") for epoch in ticks(1, epochs) if epoch == int(epoch)],
        y_ticks=[Tick(_y(value, y_ticks), f"{value:.{decimals}f}") for value in y_ticks],
        bounds=[_x(sum(phases[: number + 1]) + 0.5, epochs) for number in range(len(phases) - 1)],
        rows=[(epoch, [_cell(line.values, epoch) for line in drawn]) for epoch in range(1, epochs + 1)],
    )


def ticks(lowest: float, highest: float) -> list[float]:
    """Round numbers, at equal distances, that hold a range between them: steps of 1, 2 or 5."""
    span = highest - lowest or abs(highest) or 1.0
    magnitude = 10 ** math.floor(math.log10(span / (_MOST_TICKS - 1)))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if span / (factor * magnitude) <= _MOST_TICKS - 1)
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]


def _range(values: Iterable[float]) -> tuple[float, float]:
    found = list(values)
    return min(found), max(found)


def _line(series: Series, epochs: int, y_ticks: Sequence[float]) -> Line:
    dots = [(_x(epoch, epochs), _y(value, y_ticks)) for epoch, value in enumerate(series.values, start=1)]
    return Line(series.name, " ".join(f"{x},{y}" for x, y in dots), dots)


def _x(epoch: float, epochs: int) -> str:
    return f"{LEFT + (RIGHT - LEFT) * (epoch - 0.5) / epochs:.1f}"


def _y(value: float, y_ticks: Sequence[float]) -> str:
    share = (value - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
    return f"{BOTTOM - (BOTTOM - TOP) * share:.1f}"


def _cell(values: Sequence[float], epoch: int) -> str:
    return f"{values[epoch - 1]:.4f}" if epoch <= len(values) else "–"
