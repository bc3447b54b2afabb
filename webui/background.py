"""Runs work that nobody waits for, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection


def run(work: Callable[[], object], *, name: str) -> None:
    """Begins it, and goes on. What it raises, the log shows."""

    def thread() -> None:
        try:
            work()
        finally:
            connection.close()  # This thread's own.

    threading.Thread(target=thread, name=name, daemon=True).start()
