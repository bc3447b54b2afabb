"""Ctrl-C, once and twice, and a time that is up."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from training.trainer.stop import Deadline, Stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_ends(number: signal.Signals) -> None:
    stopping = Stopping()

    with stopping.on_signals():
        signal.raise_signal(number)
        asked = stopping.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)

    assert asked


def test_afterwards_signals_do_what_they_did() -> None:
    before = signal.getsignal(signal.SIGINT)

    with Stopping().on_signals():
        pass

    assert signal.getsignal(signal.SIGINT) is before


def test_a_wish_is_obeyed_where_it_is_asked_for() -> None:
    stopping = Stopping()
    stopping.raise_if_stopped()

    stopping.ask()

    with pytest.raises(KeyboardInterrupt):
        stopping.raise_if_stopped()


def test_in_another_thread_signals_are_left_alone() -> None:
    asked = []

    def work() -> None:
        with Stopping().on_signals():
            asked.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert asked == [signal.getsignal(signal.SIGINT)]


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


def test_a_file_says_when(tmp_path: Path) -> None:
    deadline = Deadline(finish_when=tmp_path / "now")
    assert not deadline.is_up(needed_s=0)

    (tmp_path / "now").touch()
    assert deadline.is_up(needed_s=0)
    (tmp_path / "now").unlink()

    assert deadline.is_up(needed_s=0)  # What has ended does not begin again.
    assert deadline.cut
