"""Compares the pictures of the last days with those before, and where these are too few with the model's validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recognizer.model_file.metadata import ModelMetadata
from webui.drift import counters, tally
from webui.drift.stability import Shift, shift
from webui.drift.tally import Tally

LEAST_PICTURES = 100
"""Of fewer, on either side, nothing is said."""


class Of(StrEnum):
    """What may have changed."""

    UNLIKE = "none_of_these"
    """The share of pictures that are none of the classes."""
    CLASSES = "classes"
    """The proportions of the classes among the others."""
    SCORES = "scores"
    LIKENESS = "likeness"


class Reference(StrEnum):
    """What the last days are compared with."""

    BEFORE = "before"
    VALIDATION = "validation"


@dataclass(frozen=True)
class Change:
    """How one thing compares."""

    shift: Shift
    against: Reference
    reference: Tally


@dataclass(frozen=True)
class Drift:
    """What is known of a model's pictures by now."""

    since: date
    """The first of the last days."""
    recent: Tally
    before: Tally
    validation: Tally
    changes: Mapping[Of, Change]
    """What could be compared."""

    @property
    def found(self) -> dict[Of, Change]:
        """What has changed."""
        return {of: change for of, change in self.changes.items() if change.shift.is_found}

    @property
    def is_silent(self) -> bool:
        """Whether there are too few pictures to say anything."""
        return not self.changes


def assess(metadata: ModelMetadata) -> Drift:
    """How the pictures that a model answers have changed. One query.

    Raises:
        DatabaseError: the counts cannot be read.
    """
    today = counters.today()
    recent, before = tally.recent_and_before(f"{metadata.name}-{metadata.version}", today)
    validation = tally.of_validation(metadata)
    return Drift(tally.first_recent_day(today), recent, before, validation, dict(_changes(recent, before, validation)))


def _changes(recent: Tally, before: Tally, validation: Tally) -> Iterator[tuple[Of, Change]]:
    references = {Reference.BEFORE: before, Reference.VALIDATION: validation}
    for of in Of:
        for against, reference in references.items():
            if of is Of.CLASSES and against is Reference.VALIDATION:
                continue  # Nobody's pictures have the proportions of a training folder.
            now, then = _cells(of, recent, reference)
            if min(sum(now), sum(then)) >= LEAST_PICTURES:
                yield of, Change(shift(now, then), against, reference)
                break


def _cells(of: Of, recent: Tally, reference: Tally) -> tuple[Sequence[int], Sequence[int]]:
    """The counts of both sides; of the same length, or empty."""
    match of:
        case Of.UNLIKE:
            return _unlike(recent), _unlike(reference)
        case Of.CLASSES:
            names = sorted({*recent.classes, *reference.classes})
            return _of_classes(recent, names), _of_classes(reference, names)
        case Of.SCORES:
            return recent.scores, reference.scores
        case Of.LIKENESS:
            return recent.likenesses, reference.likenesses


def _of_classes(side: Tally, names: Sequence[str]) -> Sequence[int]:
    return [round(side.classes.get(name, 0)) for name in names]


def _unlike(side: Tally) -> Sequence[int]:
    return [side.unlike, side.pictures - side.unlike]
