"""Confidence intervals: against published figures and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.evaluation.confidence_intervals import Share, f1_interval, mean_interval


def test_the_interval_of_a_share_is_wilsons() -> None:
    z, n, p = 1.959964, 263, 81 / 263
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))

    # The example of Newcombe 1998, "Two-sided confidence intervals for the single proportion": 0.2553 to 0.3662.
    assert Share(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert Share(81, 263).interval == pytest.approx((centre - half, centre + half), abs=1e-6)


def test_pictures_that_are_all_right_are_no_proof_of_perfection() -> None:
    low, high = Share(20, 20).interval or (0, 0)

    assert high == pytest.approx(1)
    assert low == pytest.approx(20 / (20 + 1.959964**2), abs=1e-6)


def test_no_pictures_have_no_interval() -> None:
    assert Share(0, 0).interval is None
    assert Share(0, 0).value == 0
    assert f1_interval(0, 0, 0) is None


def test_the_interval_of_f1_is_that_of_its_jaccard_index() -> None:
    low, high = Share(30, 40).interval or (0, 0)

    assert f1_interval(30, 4, 6) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))


def test_the_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = np.random.default_rng(3).normal(10, 2, 400)
    half = 1.96 * values.std() / 20

    assert mean_interval(values) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


def test_the_interval_of_a_mean_is_the_same_each_time() -> None:
    values = np.random.default_rng(3).normal(10, 2, 50)

    assert mean_interval(values) == mean_interval(values)


def test_the_interval_of_a_mean_is_the_same_in_any_order() -> None:
    values = np.random.default_rng(3).normal(10, 2, 50)

    assert mean_interval(values[::-1]) == mean_interval(values)


def test_one_value_has_no_interval_and_equal_ones_no_width() -> None:
    assert mean_interval(np.array([3.0])) is None
    assert mean_interval(np.full(5, 3.0)) == (3, 3)
