"""The view model of a confusion matrix: its cells where there are few classes, and the commonest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LEVELS = 9
_SHOWN_MISTAKES = 10


@dataclass(frozen=True)
class Cell:
    """How many pictures of one class were taken for another, or for itself."""

    pictures: int
    level: int
    """0 to 9: the share of the row, for its colour."""
    is_right: bool


@dataclass(frozen=True)
class Row:
    """The pictures of one class."""

    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Mistake:
    """Pictures of one class that were taken for another."""

    actual: str
    predicted: str
    pictures: int
    whole: int
    """All pictures of the class."""


@dataclass(frozen=True)
class ConfusionMatrix:
    """Every picture, by what it shows and what it was taken for."""

    rows: list[Row]
    """Empty where there are too many classes for a matrix."""
    mistakes: list[Mistake]
    """The commonest ones, most pictures first."""
    wrong: int
    """Pictures taken for another class, all together."""


def confusion_matrix(
    counts: Sequence[Sequence[int]] | None, names: Sequence[str], *, most_classes: int
) -> ConfusionMatrix | None:
    """Makes counts readable; None where they are missing or are not those of these classes.

    Args:
        counts: (C, C); row: what a picture shows, column: what it was taken for.
        names: of the C classes.
        most_classes: that a matrix can have on the page; of more, only the mistakes are shown.
    """
    if not counts or len(counts) != len(names) or any(len(row) != len(names) for row in counts):
        return None
    mistakes = [
        Mistake(names[actual], names[predicted], pictures, whole)
        for actual, (row, whole) in enumerate(zip(counts, map(sum, counts), strict=True))
        for predicted, pictures in enumerate(row)
        if pictures and predicted != actual
    ]
    mistakes.sort(key=lambda mistake: -mistake.pictures)
    rows = [_row(index, names[index], row) for index, row in enumerate(counts)] if len(names) <= most_classes else []
    return ConfusionMatrix(rows, mistakes[:_SHOWN_MISTAKES], sum(mistake.pictures for mistake in mistakes))


def _row(index: int, name: str, counts: Sequence[int]) -> Row:
    whole = max(1, sum(counts))
    cells = [
        # Rounded up, so that a single picture among a thousand shows.
        Cell(pictures, level=-(-_LEVELS * pictures // whole), is_right=column == index)
        for column, pictures in enumerate(counts)
    ]
    return Row(name, cells)
