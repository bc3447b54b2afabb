"""Notices when another model file should be served, and has it opened.

    each second: look at the file -> as it was a second ago, but not as it was when last opened -> open_model()

A file that is still being copied is left alone until it stays as it is. One that could not be opened is tried
once more after a while, for reasons that pass by themselves, and then not again before it changes.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recognizer.errors import MenagerieError
from webui import background

INTERVAL_S = 1.0
RETRY_AFTER_S = 30.0


@dataclass(frozen=True)
class Signature:
    """What changes with a file: path, size, time and inode, known without reading it."""

    path: Path
    size_bytes: int
    modified_ns: int
    inode: int


def look(find: Callable[[], Path]) -> Signature | str:
    """The signature of the file that should be served now, or the reason why there is none."""
    try:
        path = find()
        stat = path.stat()
    except (MenagerieError, OSError) as err:
        return str(err)
    return Signature(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


class ModelWatch:
    """A thread that looks at the model file that should be served, and opens it when it has changed."""

    def __init__(
        self,
        find: Callable[[], Path],
        open_model: Callable[[], bool],
        *,
        interval_s: float = INTERVAL_S,
        retry_after_s: float = RETRY_AFTER_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepares; `start` begins.

        Args:
            find: says which file should be served, or raises.
            open_model: opens it, and says whether that worked; may take long.
            interval_s: time between two looks, in seconds.
            retry_after_s: time until the second and last try of a file that could not be opened, in seconds.
            now: the time, in seconds.
        """
        self._find = find
        self._open_model = open_model
        self._interval_s = interval_s
        self._retry_after_s = retry_after_s
        self._now = now
        self._stopped = threading.Event()
        self._seen: Signature | str | None = None
        self._opened: Signature | str | None = None
        self._retry_at: float | None = None

    def start(self) -> None:
        """Opens the model at once, then watches; both in the background, until the process ends."""
        atexit.register(self.stop)
        background.run(self.run, name="model-watch")

    def stop(self) -> None:
        """Ends the watch after the look, or the opening, that is under way."""
        self._stopped.set()

    def run(self) -> None:
        """Opens the model, then looks again and again until `stop`."""
        self._open(look(self._find))
        while not self._stopped.wait(self._interval_s):
            self.poll()

    def poll(self) -> None:
        """Looks once, and opens the model where it is time to."""
        found = look(self._find)
        has_settled, self._seen = found == self._seen, found
        is_retry_due = self._retry_at is not None and self._now() >= self._retry_at
        if has_settled and (found != self._opened or is_retry_due):
            self._open(found)

    def _open(self, found: Signature | str) -> None:
        is_retry, self._opened = found == self._opened, found
        worked = self._open_model()
        self._retry_at = None if worked or is_retry else self._now() + self._retry_after_s
