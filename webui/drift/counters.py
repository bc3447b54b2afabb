"""Counts answers by day, in one statement beside the one that writes them into the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from django.db import connection

from recognizer.model_file.histogram import LIKENESS_BOUNDS, SCORE_BOUNDS, place
from webui.drift.models import DayCount, Kind

RECENT_DAYS, EARLIER_DAYS = 7, 56
"""The days that are compared: the last ones, today included, with those before them."""

_ADD = """
    INSERT INTO drift_daycount (model, day, kind, value, number) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (model, day, kind, value) DO UPDATE SET number = drift_daycount.number + excluded.number
"""

_Key = tuple[str, date, str, str]


class Said(Protocol):
    """An answer as the history keeps it."""

    created: datetime
    model: str
    label: str
    known: bool
    score: float
    likeness: float | None


def add(answers: Iterable[Said]) -> None:
    """Counts answers; in the order of the keys, so that processes that write at the same time wait for each other."""
    counts = Counter(key for answer in answers for key in _keys(answer))
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, [(*key, number) for key, number in sorted(counts.items())])


def remove_old() -> None:
    """Removes the counts of days that nothing is compared with any more."""
    DayCount.objects.filter(day__lt=today() - timedelta(days=RECENT_DAYS + EARLIER_DAYS)).delete()


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def _keys(answer: Said) -> Iterator[_Key]:
    day = answer.created.astimezone(UTC).date()
    yield answer.model, day, Kind.CLASS.value, answer.label if answer.known else ""
    yield answer.model, day, Kind.SCORE.value, str(place(answer.score, SCORE_BOUNDS))
    if answer.likeness is not None:
        yield answer.model, day, Kind.LIKENESS.value, str(place(answer.likeness, LIKENESS_BOUNDS))
