"""Runs work that nobody waits for, in a thread of its own."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Protocol
from weakref import WeakSet

from django.db import connection

_LAST_S = 3.0
"""How long the end of a process waits: as long as a model is being opened, and not for a graph that is being compiled,
which is another process's work."""

_begun: WeakSet[threading.Thread] = WeakSet()


class Run(Protocol):
    """A function that begins work in the background; a test's own does it at once."""

    def __call__(self, work: Callable[[], object], *, name: str) -> None:
        """Begins `work`; `name` is that of its thread."""


def run(work: Callable[[], object], *, name: str) -> None:
    """Begins work in a thread, and goes on. The log shows what it raises.

    The end of the process waits some seconds for it: a thread that is ended in the middle of C++, where models are
    opened, takes the process down with a core dump.
    """

    def thread() -> None:
        try:
            work()
        finally:
            connection.close()  # This thread's own.

    begun = threading.Thread(target=thread, name=name, daemon=True)
    _begun.add(begun)
    begun.start()


@atexit.register
def _wait() -> None:
    deadline = time.monotonic() + _LAST_S
    for thread in list(_begun):
        thread.join(max(0.0, deadline - time.monotonic()))
