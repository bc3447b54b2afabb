"""Opens the version that is compared with the one that serves: at most one more recognizer is in memory.

    version -> the one that answers: its recognizer
            -> the one opened last: kept for 5 minutes
            -> another: that one is let go, and this one opened (2 to 5 s)

One comparison at a time: opening takes all the processors, and memory for a second network.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recognizer import Recognizer
from recognizer.errors import CallerError, Overloaded
from webui import services
from webui.versions import answering
from webui.versions.listing import Listed

KEEP_S = 300.0
"""How long a recognizer is kept that nobody asks for."""

Later = Callable[[float, Callable[[], None]], None]
"""Calls a function in so many seconds."""


class NotCompiled(CallerError):
    """The version has no compiled graph yet; making one takes too long for a page."""

    code = "not_compiled"
    title = "The version is not compiled"


def _later(seconds: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


class Guest:
    """The one recognizer beside the one that serves. Thread-safe."""

    def __init__(
        self,
        open_recognizer: Callable[[Path], Recognizer],
        *,
        keep_s: float = KEEP_S,
        clock: Callable[[], float] = time.monotonic,
        later: Later = _later,
    ) -> None:
        """Prepares.

        Args:
            open_recognizer: opens a model file, or raises.
            keep_s: how long a recognizer is kept that nobody asks for, in seconds.
            clock: the time, in seconds.
            later: calls a function in so many seconds.
        """
        self._open = open_recognizer
        self._keep_s = keep_s
        self._clock = clock
        self._later = later
        self._busy = threading.Lock()
        self._held: tuple[str, Recognizer] | None = None
        self._used = 0.0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the comparison for as long as the block runs, so that nobody else compares.

        Raises:
            Overloaded: somebody does.
        """
        if not self._busy.acquire(blocking=False):
            raise Overloaded("Somebody else compares two versions at this moment. Try again in a few seconds.")
        try:
            yield
        finally:
            self._busy.release()

    def get(self, version: Listed) -> Recognizer:
        """A version's recognizer, for one comparison; call it in `alone` only.

        Raises:
            NotCompiled: it has no compiled graph.
            ArtifactError: it cannot be opened.
        """
        if answering.now().is_with(version):
            return services.current().model.recognizer()
        if not version.precisions:
            raise NotCompiled(f"{version.stem} is not compiled yet. Activate it once, or have it compiled.")
        if self._held is None or self._held[0] != version.contents.digest:
            self._held = None  # Let go first: there is memory for two, not for three.
            self._held = version.contents.digest, self._open(version.path)
        self._used = self._clock()
        self._later(self._keep_s, self.let_go_if_idle)
        return self._held[1]

    def let_go_if_idle(self) -> None:
        """Frees the memory, unless somebody has asked for the recognizer meanwhile."""
        with self._busy:
            if self._clock() - self._used >= self._keep_s:
                self._held = None
