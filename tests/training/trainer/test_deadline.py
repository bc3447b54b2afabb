"""When a training has to come to its end."""

from __future__ import annotations

from training.trainer.deadline import Deadline


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_end_leaves_time_for_the_rest() -> None:
    clock = Clock()
    deadline = Deadline(10, clock=clock)

    clock.now += 479
    before = deadline.is_up(needed_s=120)
    clock.now += 1

    assert (before, deadline.is_up(needed_s=120)) == (False, True)


def test_earlier_sessions_count() -> None:
    clock = Clock()

    deadline = Deadline(10, spent_s=590, clock=clock)
    clock.now += 5

    assert deadline.spent_s() == 595
    assert deadline.is_up(needed_s=6)


def test_without_a_limit_it_never_comes() -> None:
    clock = Clock()
    deadline = Deadline(clock=clock)

    clock.now += 1e6

    assert not deadline.is_up(needed_s=1e6)
    assert not deadline.cut


def test_once_it_has_come_it_stays() -> None:
    deadline = Deadline(10, spent_s=599, clock=Clock())
    deadline.is_up(needed_s=10)

    assert deadline.is_up(needed_s=0)
    assert deadline.cut


def test_somebody_may_want_it_now() -> None:
    assert Deadline(finish=True).is_up(needed_s=0)
