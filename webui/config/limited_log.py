"""Limits the log: of lines that come from one place in the code a few a minute, and then how many were left out.

What clients send decides how often such a line comes: whoever scans the network, or sends broken pictures, would fill
the disk with them and hide the line that matters.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

LINES_PER_MINUTE = 10
_PERIOD_S = 60.0


@dataclass
class _Place:
    begun: float
    lines: int = 0
    left_out: int = 0


class LimitedLog(logging.Filter):
    """A filter for handlers and loggers: lines of one level from one place in the code, in each minute. Thread-safe."""

    def __init__(
        self, lines_per_minute: int = LINES_PER_MINUTE, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._most = lines_per_minute
        self._clock = clock
        self._places: dict[tuple[str, int, int], _Place] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written; the first of a minute says how many of the minutes before were not."""
        with self._lock:
            now, key = self._clock(), (record.pathname, record.lineno, record.levelno)
            place = self._places.setdefault(key, _Place(now))
            left_out = place.left_out
            if now - place.begun >= _PERIOD_S:
                place = self._places[key] = _Place(now)
            if place.lines >= self._most:
                place.left_out += 1
                return False
            place.lines += 1
        if left_out and place.lines == 1:
            record.msg, record.args = f"{record.getMessage()} ({left_out} lines like it were left out before)", ()
        return True
