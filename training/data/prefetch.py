"""Prepares the next batches in threads while the network computes, and measures what it waits for them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from recognizer import machine

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_SPARE = 1


class Batches(Protocol[T_co]):
    """Batches that can be prepared in any order, in threads."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> T_co: ...


class Prefetch(Generic[T]):
    """Batches in their order, the next of them prepared in threads meanwhile."""

    def __init__(self, batches: Batches[T], *, first: int = 0) -> None:
        self._batches = batches
        self._first = first
        self.waited_s = 0.0
        """Seconds that whoever takes the batches has waited for them."""

    def __iter__(self) -> Iterator[T]:
        cores = machine.cores()
        ahead: deque[Future[T]] = deque()
        pool = ThreadPoolExecutor(cores)
        try:
            for index in range(self._first, len(self._batches)):
                ahead.append(pool.submit(self._batches.__getitem__, index))
                if len(ahead) > cores + _SPARE:
                    yield self._next(ahead)
            while ahead:
                yield self._next(ahead)
        finally:
            pool.shutdown(cancel_futures=True)

    def _next(self, ahead: deque[Future[T]]) -> T:
        started = time.monotonic()
        batch = ahead.popleft().result()
        self.waited_s += time.monotonic() - started
        return batch
