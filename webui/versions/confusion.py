"""What a model took pictures for: a matrix where there are few classes, and the commonest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_CLASSES = 25
"""A matrix of more classes cannot be read."""
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


@dataclass(frozen=True)
class Confusion:
    """Every picture held back, by what it shows and what it was taken for."""

    rows: list[Row]
    """Empty where there are too many classes for a matrix."""
    mistakes: list[Mistake]
    """The commonest ones, most pictures first."""
    wrong: int
    """Pictures taken for another class, all together."""


def confusion(counts: Sequence[Sequence[int]] | None, names: Sequence[str]) -> Confusion | None:
    """Makes counts readable; None where they are missing or are not those of these classes.

    Args:
        counts: (C, C); row: what a picture shows, column: what it was taken for.
        names: of the C classes.
    """
    if not counts or len(counts) != len(names) or any(len(row) != len(names) for row in counts):
        return None
    mistakes = [
        Mistake(names[actual], names[predicted], pictures)
        for actual, row in enumerate(counts)
        for predicted, pictures in enumerate(row)
        if pictures and predicted != actual
    ]
    mistakes.sort(key=lambda mistake: -mistake.pictures)
    rows = [_row(index, names[index], row) for index, row in enumerate(counts)] if len(names) <= MOST_CLASSES else []
    return Confusion(rows, mistakes[:_SHOWN_MISTAKES], sum(mistake.pictures for mistake in mistakes))


def _row(index: int, name: str, counts: Sequence[int]) -> Row:
    whole = max(1, sum(counts))
    cells = [
        # Rounded up, so that a single picture among a thousand shows.
        Cell(pictures, level=-(-_LEVELS * pictures // whole), is_right=column == index)
        for column, pictures in enumerate(counts)
    ]
    return Row(name, cells)
