"""What was answered in some days, as counts: read from the table, or from what a model file says of validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, Sum

from recognizer.model_file.histogram import LIKENESS_BOUNDS, SCORE_BOUNDS, Histogram
from recognizer.model_file.metadata import ModelMetadata
from webui.drift.counters import EARLIER_DAYS, RECENT_DAYS
from webui.drift.models import DayCount, Kind

SHOWN_DAYS = 14


@dataclass(frozen=True)
class Tally:
    """Counts of the answers to some pictures."""

    classes: Mapping[str, float] = field(default_factory=dict)
    """Pictures that were taken for one of the classes; of a validation no whole numbers."""
    unlike: int = 0
    """Pictures that were taken for none of them."""
    scores: Sequence[int] = ()
    """See `histogram.SCORE_BOUNDS`; empty where nobody knows, like `likenesses`."""
    likenesses: Sequence[int] = ()

    @property
    def pictures(self) -> int:
        """All of them."""
        return round(sum(self.classes.values())) + self.unlike

    @property
    def unlike_share(self) -> float:
        """The share that was taken for none of the classes; there are pictures."""
        return self.unlike / self.pictures


@dataclass(frozen=True)
class Day:
    """One day's pictures."""

    day: date
    pictures: int
    unlike: int

    @property
    def unlike_share(self) -> float:
        """The share that was taken for none of the classes."""
        return self.unlike / self.pictures


def first_recent_day(today: date) -> date:
    """The first of the last seven days."""
    return today - timedelta(days=RECENT_DAYS - 1)


def recent_and_before(model: str, today: date) -> tuple[Tally, Tally]:
    """What a model, by name and version, answered in the last days and in those before. One query."""
    since = first_recent_day(today)
    rows = (
        DayCount.objects.filter(model=model, day__gte=since - timedelta(days=EARLIER_DAYS))
        .values_list("kind", "value")
        .annotate(recent=Sum("number", filter=Q(day__gte=since)), before=Sum("number", filter=Q(day__lt=since)))
    )
    counts = [(kind, value, recent or 0, before or 0) for kind, value, recent, before in rows]
    return (
        _tally({(kind, value): number for kind, value, number, _ in counts}),
        _tally({(kind, value): number for kind, value, _, number in counts}),
    )


def days(model: str, today: date) -> list[Day]:
    """The last fortnight's days that have pictures, the latest first. One query."""
    rows = (
        DayCount.objects.filter(model=model, kind=Kind.CLASS, day__gt=today - timedelta(days=SHOWN_DAYS))
        .values_list("day")
        .annotate(pictures=Sum("number"), unlike=Sum("number", filter=Q(value="")))
        .order_by("-day")
    )
    return [Day(day, pictures, unlike or 0) for day, pictures, unlike in rows]


def of_validation(metadata: ModelMetadata) -> Tally:
    """What the model file says of the pictures held back from training; empty where it says nothing."""
    measured, rejection = metadata.measured, metadata.rejection
    matrix = measured.validation.confusion_matrix if measured.validation else None
    taken_for = [sum(column) for column in zip(*matrix, strict=False)] if matrix else []
    n = sum(taken_for)
    unlike = round((1 - rejection.accepted_share) * n) if rejection else 0
    accepted = (n - unlike) / n if n else 0.0
    calibration = measured.calibration
    return Tally(
        # The matrix counts pictures that were turned away as well.
        classes={name: accepted * number for name, number in zip(metadata.class_names, taken_for, strict=False)},
        unlike=unlike,
        scores=_counts(calibration.scores if calibration else None, SCORE_BOUNDS),
        likenesses=_counts(calibration.likenesses if calibration else None, LIKENESS_BOUNDS),
    )


def _tally(counts: Mapping[tuple[str, str], int]) -> Tally:
    return Tally(
        classes={value: number for (kind, value), number in counts.items() if kind == Kind.CLASS and value},
        unlike=counts.get((Kind.CLASS.value, ""), 0),
        scores=[counts.get((Kind.SCORE.value, str(part)), 0) for part in range(len(SCORE_BOUNDS) + 1)],
        likenesses=[counts.get((Kind.LIKENESS.value, str(part)), 0) for part in range(len(LIKENESS_BOUNDS) + 1)],
    )


def _counts(histogram: Histogram | None, bounds: tuple[float, ...]) -> tuple[int, ...]:
    """The counts of a histogram; empty where it was made with other bounds."""
    return histogram.counts if histogram and histogram.bounds == bounds else ()
