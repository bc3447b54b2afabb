"""Runs work that nobody waits for, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from django.db import connection


class Run(Protocol):
    """A function that begins work in the background; a test's own does it at once."""

    def __call__(self, work: Callable[[], object], *, name: str) -> None:
        """Begins `work`; `name` is that of its thread."""


def run(work: Callable[[], object], *, name: str) -> None:
    """Begins work in a thread, and goes on. The log shows what it raises."""

    def thread() -> None:
        try:
            work()
        finally:
            connection.close()  # This thread's own.

    threading.Thread(target=thread, name=name, daemon=True).start()
