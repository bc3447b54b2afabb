"""Watches the memory of a server while something else goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

import numpy as np

_INTERVAL_S = 1.0


class MemoryWatch:
    """Takes a sample a second from a thread of its own, inside a `with` block."""

    def __init__(self, resident_mb: Callable[[], float], *, interval_s: float = _INTERVAL_S) -> None:
        self._resident_mb = resident_mb
        self._interval_s = interval_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.times_s: list[float] = []
        self.samples_mb: list[float] = []

    def __enter__(self) -> MemoryWatch:
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        if kind is None:
            self._sample()

    def slope_mb_per_h(self, *, share: float = 1.0) -> float:
        """Growth in the last `share` of the samples."""
        first = int(len(self.times_s) * (1 - share))
        return 3600 * slope(self.times_s[first:], self.samples_mb[first:])

    def _watch(self) -> None:
        while not self._stopped.wait(self._interval_s):
            self._sample()

    def _sample(self) -> None:
        self.samples_mb.append(self._resident_mb())
        self.times_s.append(time.monotonic())


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Of the line with the least squares through the points; 0 where there are fewer than two."""
    if len(set(x)) < 2:
        return 0.0
    return float(np.polyfit(np.asarray(x) - x[0], y, 1)[0])
