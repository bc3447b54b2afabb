"""How many calls count as made in a time."""

from __future__ import annotations

import pytest

from benchmarks import timing
from benchmarks.timing import Span, calls_in

WINDOW = Span(10.0, 14.0)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([Span(10, 11), Span(11, 12), Span(12, 13), Span(13, 14)], 4.0),
        ([Span(8, 10), Span(14, 15)], 0.0),
        ([Span(9, 11), Span(13, 17)], 0.5 + 0.25),
        ([Span(4, 24)], 4 / 20),
        ([], 0.0),
        # One thread that waited until another one had ended, and then had the machine to itself: no more than it was.
        ([Span(10, 12), Span(12, 14), Span(10, 14), Span(14, 16), Span(16, 18)], 3.0),
    ],
)
def test_a_call_counts_as_far_as_it_lies_in_the_time(spans: list[Span], expected: float) -> None:
    assert calls_in(WINDOW, spans) == pytest.approx(expected)


def test_all_threads_are_measured_in_the_same_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "WARM_UP_S", 0.0)
    made: list[int] = []

    rate = timing.per_second([lambda: made.append(1)] * 3, 0.05, pictures_per_call=4)

    assert 0 < rate * 0.05 <= 4 * len(made)
