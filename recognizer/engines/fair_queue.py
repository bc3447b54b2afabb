"""A queue whose items go to those who wait for one in the order in which they came.

Python's own queues hand nothing on: a thread that puts an item back and asks again at once has it before those who
waited are awake, and with more threads than items some wait for ever.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """First come, first served. Thread-safe; with the methods of `queue.SimpleQueue`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: deque[T] = deque()
        self._waiting: deque[SimpleQueue[T]] = deque()
        """Where those who wait get theirs; none wait while there are items."""

    def put(self, item: T) -> None:
        """Gives an item to who has waited longest, or keeps it."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().put(item)
            else:
                self._items.append(item)

    def get(self) -> T:
        """Takes an item; waits for it behind those who wait already."""
        with self._lock:
            if self._items:
                return self._items.popleft()
            mine: SimpleQueue[T] = SimpleQueue()
            self._waiting.append(mine)
        try:
            return mine.get()
        except BaseException:  # Ctrl-C: what was meant for us is for the others.
            with self._lock, suppress(ValueError):
                self._waiting.remove(mine)
            with suppress(Empty):
                self.put(mine.get_nowait())
            raise

    def get_nowait(self) -> T:
        """Takes an item.

        Raises:
            queue.Empty: there is none.
        """
        with self._lock:
            if not self._items:
                raise Empty
            return self._items.popleft()

    def qsize(self) -> int:
        """How many items there are."""
        return len(self._items)

    def empty(self) -> bool:
        """Whether there is none."""
        return not self._items
