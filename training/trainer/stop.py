"""Lets a person stop long work between two of its steps: Ctrl-C once, or twice to end at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from training.progress import console

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Whether somebody has asked to stop."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self) -> None:
        """Asks to stop."""
        self._asked = True

    def obey(self) -> None:
        """Stops, if that was asked for.

        Raises:
            KeyboardInterrupt: it was.
        """
        if self._asked:
            raise KeyboardInterrupt

    @property
    def asked(self) -> bool:
        """Whether it was asked for."""
        return self._asked

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Takes the first Ctrl-C, or the first SIGTERM, as a wish to stop; the second raises KeyboardInterrupt."""
        if threading.current_thread() is not threading.main_thread():  # Python gives signals to that one only.
            yield
            return
        before = {number: signal.signal(number, self._received) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        console.print("\nStopping after this step, and keeping what is done. Once more ends at once.")
