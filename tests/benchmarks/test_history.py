"""What the benchmark of the history says of what it measured."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from benchmarks import history
from benchmarks.history_pages import Timed
from benchmarks.history_path import WITH, WITHOUT, Round, ratios


def timed(name: str, *, median_ms: float = 10, worst_ms: float = 10, queries: int = 5) -> Timed:
    return Timed(name, median_ms, worst_ms, cpu_ms=1, queries=queries)


def test_pages_are_too_slow_by_their_median_and_by_their_queries() -> None:
    pages = [
        timed("fast"),
        timed("slow once", worst_ms=900),
        timed("slow", median_ms=150.1),
        timed("at the limit", median_ms=150, queries=12),
        timed("asks much", queries=13),
    ]

    assert history.too_slow(pages) == ["slow", "asks much"]


def test_both_servers_are_compared_round_by_round() -> None:
    rounds = [
        {WITHOUT: Round(20, 80, 10), WITH: Round(21, 76, 11)},
        {WITHOUT: Round(40, 40, 10), WITH: Round(42, 38, 11)},
        {WITHOUT: Round(20, 80, 10), WITH: Round(60, 8, 90)},
    ]

    assert astuple(ratios(rounds)) == pytest.approx((1.05, 0.95, 1.1))
