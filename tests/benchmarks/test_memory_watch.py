"""Memory over time."""

from __future__ import annotations

import pytest

from benchmarks import memory_watch, processes
from benchmarks.memory_watch import MemoryWatch


def test_the_slope_is_that_of_the_line_through_the_points() -> None:
    assert memory_watch.slope([10.0, 11.0, 12.0], [5.0, 7.0, 9.0]) == pytest.approx(2.0)


@pytest.mark.parametrize("points", [[], [1.0], [1.0, 1.0]])
def test_too_few_points_have_no_slope(points: list[float]) -> None:
    assert memory_watch.slope(points, points) == 0.0


def test_samples_are_taken_at_both_ends() -> None:
    sizes = iter([100.0, 130.0])

    with MemoryWatch(lambda: next(sizes), interval_s=60) as watch:
        pass

    assert watch.samples_mb == [100.0, 130.0]


def test_growth_is_given_for_the_last_part_of_the_samples() -> None:
    watch = MemoryWatch(lambda: 0.0)
    watch.times_s, watch.samples_mb = [0.0, 1.0, 2.0, 3.0], [100.0, 200.0, 300.0, 300.0]

    assert watch.slope_mb_per_h(share=0.5) == pytest.approx(0.0, abs=1e-6)
    assert watch.slope_mb_per_h() == pytest.approx(3600 * 70.0)


def test_this_process_has_memory_and_a_peak() -> None:
    memory = processes.memory()

    assert 10 < memory.resident_mb <= memory.peak_mb + 1
