"""Ctrl-C, once and twice."""

from __future__ import annotations

import signal
import threading

import pytest

from training.trainer.stop import Stopping


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
    stopping.obey()

    stopping.ask()

    with pytest.raises(KeyboardInterrupt):
        stopping.obey()


def test_in_another_thread_signals_are_left_alone() -> None:
    asked = []

    def work() -> None:
        with Stopping().on_signals():
            asked.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert asked == [signal.getsignal(signal.SIGINT)]
