"""Enforces the retention again and again while the server runs, from a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import connection

from webui.history import retention
from webui.history.retention import Removed

EVERY_S = 3600.0
# Not while the model is being opened.
_FIRST_AFTER_S = 60.0

_logger = logging.getLogger(__name__)


class Upkeep:
    """Runs the retention once an hour, whether somebody uses the server or not."""

    def __init__(self, enforce: Callable[[], Removed] = retention.enforce) -> None:
        self._enforce = enforce
        self._stopped = threading.Event()
        self._failing = False

    def start(self) -> None:
        """Begins, in the background."""
        threading.Thread(target=self.run, name="history-upkeep", daemon=True).start()

    def stop(self) -> None:
        """Ends it after the run that is under way."""
        self._stopped.set()

    def run(self, *, first_after_s: float = _FIRST_AFTER_S, every_s: float = EVERY_S) -> None:
        """Enforces it until `stop`."""
        pause_s = first_after_s
        while not self._stopped.wait(pause_s):
            self.once()
            pause_s = every_s

    def once(self) -> None:
        """Enforces it now; where that fails, the log says so the first time."""
        try:
            self._enforce()
            self._failing = False
        except Exception:  # The edge of a thread: the next hour may be better.
            if not self._failing:
                _logger.exception("What the history may not keep any longer could not be removed.")
            self._failing = True
        finally:
            connection.close()
