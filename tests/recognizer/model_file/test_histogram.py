from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from recognizer.model_file.histogram import LIKENESS_BOUNDS, SCORE_BOUNDS, Histogram


def test_values_are_counted_between_the_bounds_one_at_a_bound_above_it() -> None:
    found = Histogram.of([0.0, 0.49, 0.5, 0.8, 0.99, 1.0, math.nan], SCORE_BOUNDS)

    assert found.counts == (2, 1, 1, 0, 2)


@pytest.mark.parametrize(
    ("bounds", "counts"),
    [((0.5,), (1,)), ((0.5, 0.5), (1, 1, 1)), ((), (1,)), ((2.0,), (1, 1)), ((0.5,), (1, -1))],
)
def test_counts_that_do_not_fit_their_bounds_are_refused(bounds: tuple[float, ...], counts: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError):
        Histogram(bounds=bounds, counts=counts)


def test_it_is_read_back_as_it_was_written() -> None:
    made = Histogram.of([0.1, 0.9], LIKENESS_BOUNDS)

    assert Histogram.model_validate_json(made.model_dump_json()) == made
