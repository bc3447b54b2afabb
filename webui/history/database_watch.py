"""Watches whether the database can be used: behind the requests, once in some seconds, while somebody asks.

    somebody asks -> what was found last, at once; is that old? -> thread: read, write in vain -> remembered

A probe must not wait: where PostgreSQL is away, or SQLite's file is locked, an answer takes seconds. Nor must what
can do without the database, such as a page that would greet its reader by name.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error, connection

from webui import background
from webui.background import Run

_EVERY_S = 5.0
_LEAST_FREE_BYTES = 20 * 2**20


class Finding(NamedTuple):
    """What a look at the database found."""

    problem: str | None = None
    can_be_read: bool = True


class DatabaseWatch:
    """What is wrong with the database, as it was found last. Thread-safe."""

    def __init__(
        self,
        check: Callable[[], Finding] | None = None,
        *,
        run: Run = background.run,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._check = check or look
        self._run = run
        self._clock = clock
        self._lock = threading.Lock()
        self._due_at = clock()
        self._is_checking = False
        self._found = Finding()

    @property
    def problem(self) -> str | None:
        """What is wrong, in a sentence that names no folder; None where nothing is, or nobody has looked yet."""
        return self._latest().problem

    @property
    def can_be_read(self) -> bool:
        """False where whoever asks the database for something would only wait for its error."""
        return self._latest().can_be_read

    def _latest(self) -> Finding:
        with self._lock:
            is_due = self._clock() >= self._due_at and not self._is_checking
            self._is_checking = self._is_checking or is_due
        if is_due:
            self._run(self._look, name="database-watch")
        return self._found

    def _look(self) -> None:
        try:
            self._found = self._check()
        finally:
            self._due_at = self._clock() + _EVERY_S
            self._is_checking = False


def look() -> Finding:
    """Looks whether the database can be read and written to; may take long."""
    can_be_read = False
    try:
        connection.close()  # One that is open would go on with a file that has been removed.
        Session.objects.filter(pk="").exists()
        can_be_read = True
        Session.objects.filter(pk="").delete()
    except Error as err:
        return Finding(f"The database cannot be used: {str(err).strip() or type(err).__name__}.", can_be_read)
    return Finding(_full_disk(Path(settings.ENVIRONMENT.data)))


def _full_disk(folder: Path) -> str | None:
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError as err:
        return f"The data folder cannot be used: {err.strerror}."
    if free_bytes < _LEAST_FREE_BYTES:
        return f"The disk of the data folder is full: {free_bytes / 2**20:.1f} MB are left."
    return None
