"""Ends a training early, between two of its steps: when a person asks for it, or when its time is up."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from training.progress import console

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """A person's wish to stop: Ctrl-C once, or twice to end at once."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self) -> None:
        """Asks to stop."""
        self._asked = True

    def raise_if_stopped(self) -> None:
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


class Deadline:
    """Minutes for a whole run, those of its earlier sessions included."""

    def __init__(
        self,
        minutes: float = 0.0,
        *,
        spent_s: float = 0.0,
        finish: bool = False,
        finish_when: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts to count.

        Args:
            minutes: for the whole run; 0: as many as it takes.
            spent_s: seconds that earlier sessions took of them.
            finish: whether the end is now.
            finish_when: a file; the end is when it is there.
            clock: seconds since whenever.
        """
        self._limit_s = 60 * minutes
        self._finish = finish
        self._finish_when = finish_when
        self._clock = clock
        self._started = clock() - spent_s
        self.cut = False
        """Whether training was told to end before it would have."""

    def spent_s(self) -> float:
        """Seconds that the run has taken, without the time between its sessions."""
        return self._clock() - self._started

    def is_up(self, *, needed_s: float) -> bool:
        """Whether training has to end, for what comes after it takes `needed_s` seconds."""
        late = self._limit_s > 0 and self.spent_s() + needed_s >= self._limit_s
        self.cut = self.cut or self._finish or late or self._is_wanted_now()
        return self.cut

    def _is_wanted_now(self) -> bool:
        if self._finish_when is None or not self._finish_when.exists():
            return False
        console.print(f"{self._finish_when} is there: no more training.", soft_wrap=True, markup=False)
        return True
