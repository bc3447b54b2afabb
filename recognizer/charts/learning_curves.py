"""The view model of learning curves: where lines, ticks and words stand in a drawing of 460 x 260.

history: phases of epochs -> scale -> LearningCurve -> the model's page and the report draw it as SVG, each in its style
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from recognizer.model_file.results import Phase

Metric = Literal["accuracy", "loss"]
METRICS: tuple[Metric, ...] = ("accuracy", "loss")
Part = Literal["training", "held back"]
"""Which pictures a line is of: those that are learned from, or those held back."""

LEFT, RIGHT, TOP, BOTTOM = 52, 448, 14, 222
_MOST_TICKS, _MOST_NAMED = 6, 12
# Values closer than this to each other are drawn as one: their ticks would have a dozen decimals.
_LEAST_SPAN = 1e-9


@dataclass(frozen=True)
class Line:
    """The values of a metric on one part of the pictures."""

    part: Part
    points: str
    """As `<polyline>` takes them: x,y x,y"""
    dots: list[tuple[str, str]]


@dataclass(frozen=True)
class Tick:
    """A mark at an axis."""

    at: str
    text: str


@dataclass(frozen=True)
class LearningCurve:
    """A metric epoch by epoch, as a drawing and as a table."""

    metric: Metric
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    bounds: list[str]
    """Where one phase ends and another begins."""
    rows: list[tuple[int, list[str]]]
    """Epoch, and a value for each line."""


def learning_curves(history: Sequence[Phase] | None) -> list[LearningCurve]:
    """The curves of accuracy and loss, as far as a model file has their values."""
    curves = (_learning_curve(metric, history or ()) for metric in METRICS)
    return [curve for curve in curves if curve is not None]


def _learning_curve(metric: Metric, history: Sequence[Phase]) -> LearningCurve | None:
    fields: dict[Part, str] = {"training": metric, "held back": f"val_{metric}"}
    drawn = {part: values for part, field in fields.items() if (values := _joined(history, field))}
    if not drawn:
        return None
    epochs = max(map(len, drawn.values()))
    y_ticks = ticks(*_range(value for values in drawn.values() for value in values))
    decimals = max(0, math.ceil(-math.log10(y_ticks[1] - y_ticks[0]) - 1e-9))
    return LearningCurve(
        metric,
        lines=[_line(part, values, epochs, y_ticks) for part, values in drawn.items()],
        x_ticks=[Tick(_x(epoch, epochs), str(epoch)) for epoch in _named_epochs(epochs)],
        y_ticks=[Tick(_y(value, y_ticks), f"{value:.{decimals}f}") for value in y_ticks],
        bounds=[_x(end + 0.5, epochs) for end in _ends(history)],
        rows=[(epoch, [_cell(values, epoch) for values in drawn.values()]) for epoch in range(1, epochs + 1)],
    )


def ticks(lowest: float, highest: float) -> list[float]:
    """Round numbers, at equal distances, that hold a range between them: steps of 1, 2 or 5."""
    span = highest - lowest
    if span < _LEAST_SPAN:
        span = max(abs(highest), abs(lowest))
    if span < _LEAST_SPAN:
        span = 1.0
    magnitude = 10 ** math.floor(math.log10(span / (_MOST_TICKS - 1)))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if span / (factor * magnitude) <= _MOST_TICKS - 1)
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]


def _joined(history: Sequence[Phase], name: str) -> list[float]:
    return [value for phase in history for value in getattr(phase, name) or ()]


def _named_epochs(epochs: int) -> range:
    """Every epoch, every second, fifth, tenth and so on, so that their numbers have room."""
    step = next(
        factor * 10**power for power in count() for factor in (1, 2, 5) if epochs <= _MOST_NAMED * factor * 10**power
    )
    return range(step, epochs + 1, step)


def _ends(history: Sequence[Phase]) -> Iterator[int]:
    """The last epoch of each phase but the last."""
    end = 0
    for phase in history[:-1]:
        end += len(phase.loss or phase.accuracy or ())
        yield end


def _range(values: Iterable[float]) -> tuple[float, float]:
    found = list(values)
    return min(found), max(found)


def _line(part: Part, values: Sequence[float], epochs: int, y_ticks: Sequence[float]) -> Line:
    dots = [(_x(epoch, epochs), _y(value, y_ticks)) for epoch, value in enumerate(values, start=1)]
    return Line(part, " ".join(f"{x},{y}" for x, y in dots), dots)


def _x(epoch: float, epochs: int) -> str:
    return f"{LEFT + (RIGHT - LEFT) * (epoch - 0.5) / epochs:.1f}"


def _y(value: float, y_ticks: Sequence[float]) -> str:
    share = (value - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
    return f"{BOTTOM - (BOTTOM - TOP) * share:.1f}"


def _cell(values: Sequence[float], epoch: int) -> str:
    return f"{values[epoch - 1]:.4f}" if epoch <= len(values) else "–"
