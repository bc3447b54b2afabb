"""The limit of the log: some lines a minute from one place, and then how many were left out."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from webui.config.limited_log import LimitedLog


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logger(clock: Clock, caplog: pytest.LogCaptureFixture) -> Iterator[logging.Logger]:
    made = logging.getLogger("limited")
    made.addFilter(limit := LimitedLog(3, clock=clock))
    yield made
    made.removeFilter(limit)


def complain(logger: logging.Logger, number: int) -> None:
    logger.warning("Invalid request %s", number)


def test_more_lines_of_a_minute_are_counted_and_told_in_the_next(
    logger: logging.Logger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1000):
        complain(logger, number)
    clock.now = 61
    complain(logger, 1000)
    complain(logger, 1001)

    assert caplog.messages == [
        "Invalid request 0",
        "Invalid request 1",
        "Invalid request 2",
        "Invalid request 1000 (997 lines like it were left out before)",
        "Invalid request 1001",
    ]


def test_other_places_and_graver_lines_are_not_held_back(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(10):
        complain(logger, number)

    logger.warning("Something else")
    logger.error("Something grave")

    assert caplog.messages[3:] == ["Something else", "Something grave"]


def test_a_few_lines_a_minute_are_all_written(
    logger: logging.Logger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        clock.now = number * 30.0
        complain(logger, number)

    assert len(caplog.messages) == 20
    assert "left out" not in caplog.text
