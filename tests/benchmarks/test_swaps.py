"""What the answers say about an exchange of the model."""

from __future__ import annotations

import pytest

from benchmarks.load import Answer
from benchmarks.swaps import _exchange

INFINITY = float("inf")


def answer(sent_s: float, done_s: float, version: str) -> Answer:
    return Answer(sent_s, sent_s, done_s, 200, version)


def test_an_exchange_is_taken_with_the_first_answer_of_the_new_version() -> None:
    exchange = _exchange([answer(9.0, 9.1, "1"), answer(10.4, 10.5, "1"), answer(12.0, 12.1, "2")], 10.0, "2", INFINITY)

    assert exchange.taken_s == pytest.approx(2.1)


def test_an_old_version_may_finish_what_it_began() -> None:
    exchange = _exchange([answer(12.0, 12.1, "2"), answer(12.05, 12.3, "1")], 10.0, "2", INFINITY)

    assert exchange.stale == 0


def test_an_old_version_that_answers_a_later_request_is_counted() -> None:
    exchange = _exchange([answer(12.0, 12.1, "2"), answer(12.2, 12.3, "1")], 10.0, "2", INFINITY)

    assert exchange.stale == 1


def test_an_exchange_that_no_answer_showed_before_the_next_one_was_not_taken() -> None:
    assert _exchange([answer(10.0, 10.1, "1"), answer(16.0, 16.1, "2")], 9.0, "2", 15.0).taken_s is None
