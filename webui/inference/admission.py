"""Bounds the requests that decode and compute at the same time; some more wait for a slot, others are turned away.

slot() -> free: in, at once
        -> waiting, first come first served -> in | too long: Overloaded | its client went away: ClientGone
        -> as many wait as may: Overloaded, at once
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from webui.problems import ClientGone, TooBusy

HEAVY_BYTES = 4 * 2**20
"""A request with a longer body is heavy: files of many tiny pieces can take seconds to decode."""

CHECK_S = 0.1
"""How often a waiting request looks whether its client is still there."""

MAX_RETRY_AFTER_S = 30

# A request weighs so much in the mean time that requests take.
_SMOOTHING = 0.1
# Who was turned away comes back within seconds, so a pause of this length means that the rush is over.
_QUIET_S = 3.0
_LONG_S = 10.0


@dataclass(eq=False)
class _Waiter:
    heavy: bool
    admitted: threading.Event = field(default_factory=threading.Event)


def never() -> bool:
    """Always False: the client is taken to be there."""
    return False


class Admission:
    """The slots of one process. Thread-safe."""

    def __init__(
        self,
        *,
        running: int,
        queue_size: int,
        queue_timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """Opens.

        Args:
            running: requests that are inside at the same time; heavy ones leave one of these slots to the others.
            queue_size: requests that wait at the same time.
            queue_timeout_s: how long each of them waits, in seconds.
            clock: the time, in seconds.
            wait: waits for an event, at most so many seconds.
        """
        self._running = running
        self._heavy_running = max(1, running - 1)
        self._queue_size = queue_size
        self._queue_timeout_s = queue_timeout_s
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._inside = 0
        self._heavy_inside = 0
        self._waiting: deque[_Waiter] = deque()
        self._mean_s = 0.0
        self._rush_began = self._last_turned_away = -math.inf

    @property
    def inside(self) -> int:
        """The number of requests that have a slot at this moment."""
        return self._inside

    @property
    def waiting(self) -> int:
        """The number of requests that wait for a slot at this moment."""
        return len(self._waiting)

    @property
    def overloaded(self) -> bool:
        """Whether requests have been turned away for more than 10 seconds without a quiet pause."""
        with self._lock:
            return self._is_rush() and self._clock() - self._rush_began > _LONG_S

    @contextmanager
    def slot(self, *, gone: Callable[[], bool] = never, heavy: bool = False) -> Iterator[None]:
        """Holds a slot for as long as the block runs.

        Args:
            gone: says whether the client has gone away; asked now and then while the request waits.
            heavy: the request may take long to decode.

        Raises:
            TooBusy: there is no slot, and none became free in time.
            ClientGone: the client went away meanwhile.
        """
        self._enter(_Waiter(heavy), gone)
        entered = self._clock()
        try:
            yield
        finally:
            self._leave(heavy, self._clock() - entered)

    def _enter(self, waiter: _Waiter, gone: Callable[[], bool]) -> None:
        with self._lock:
            # A slot that is free is one that nobody who waits may have: those who leave hand theirs on.
            if self._fits(waiter):
                self._admit(waiter)
                return
            if len(self._waiting) >= self._queue_size:
                raise self._turned_away("Too many pictures are waiting to be answered.")
            self._waiting.append(waiter)
        self._wait_for_turn(waiter, gone)

    def _wait_for_turn(self, waiter: _Waiter, gone: Callable[[], bool]) -> None:
        deadline = self._clock() + self._queue_timeout_s
        while not waiter.admitted.is_set():
            remaining_s = deadline - self._clock()
            self._wait(waiter.admitted, max(0.0, min(CHECK_S, remaining_s)))
            if gone():
                self._withdraw(waiter)
                raise ClientGone("The client went away while its request waited.")
            if remaining_s <= 0:
                self._give_up(waiter)

    def _withdraw(self, waiter: _Waiter) -> None:
        with self._lock:
            if not waiter.admitted.is_set():
                self._waiting.remove(waiter)
                return
        self._leave(waiter.heavy, None)

    def _give_up(self, waiter: _Waiter) -> None:
        with self._lock:
            if waiter.admitted.is_set():  # At the last moment.
                return
            self._waiting.remove(waiter)
            raise self._turned_away("The picture waited too long for its turn.")

    def _leave(self, heavy: bool, took_s: float | None) -> None:
        with self._lock:
            self._inside -= 1
            self._heavy_inside -= heavy
            if took_s is not None:
                self._mean_s += (took_s - self._mean_s) * (_SMOOTHING if self._mean_s else 1.0)
            for waiter in [waiter for waiter in self._waiting if self._fits(waiter)][:1]:
                self._waiting.remove(waiter)
                self._admit(waiter)

    def _fits(self, waiter: _Waiter) -> bool:
        return self._inside < self._running and (not waiter.heavy or self._heavy_inside < self._heavy_running)

    def _admit(self, waiter: _Waiter) -> None:
        self._inside += 1
        self._heavy_inside += waiter.heavy
        waiter.admitted.set()

    def _turned_away(self, reason: str) -> TooBusy:
        if not self._is_rush():
            self._rush_began = self._clock()
        self._last_turned_away = self._clock()
        seconds = self._retry_after_s()
        return TooBusy(f"{reason} Send the request again in {seconds} s.", retry_after_s=seconds)

    def _is_rush(self) -> bool:
        return self._clock() - self._last_turned_away <= _QUIET_S

    def _retry_after_s(self) -> int:
        """The seconds until all who wait now will have been answered."""
        seconds = (len(self._waiting) + 1) * self._mean_s / self._running
        return max(1, min(math.ceil(seconds), MAX_RETRY_AFTER_S))
