"""Says when a training has to come to its end, so that the whole run ends in time."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """Minutes for a whole run, those of its earlier sessions included."""

    def __init__(
        self,
        minutes: float = 0.0,
        *,
        spent_s: float = 0.0,
        finish: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts to count.

        Args:
            minutes: for the whole run; 0: as many as it takes.
            spent_s: seconds that earlier sessions took of them.
            finish: whether the end is now.
            clock: seconds since whenever.
        """
        self._limit_s = 60 * minutes
        self._finish = finish
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
        self.cut = self.cut or self._finish or late
        return self.cut
