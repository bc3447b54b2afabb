"""Holds this process's model: starting, then ready or failed.

    gunicorn: post_worker_init -> start() -> background thread: open, warm up -> ready | failed
    runserver: the first request that asks for the model starts it
    a request: current().recognizer() waits for a starting model, for a while

TensorFlow is loaded in the background thread, thus after the fork and never in gunicorn's master.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from enum import Enum
from pathlib import Path

from django.conf import settings

from recognizer import Recognizer, registry
from recognizer.errors import MenagerieError, OperatorError, Overloaded

WAIT_S = 60.0
"""How long a request waits for a model that is starting."""

_logger = logging.getLogger(__name__)
_ready_logger = logging.getLogger("webui.ready")

_current: ServedModel | None = None
_current_lock = threading.Lock()


class ModelUnavailable(OperatorError):
    """The model could not be loaded; the log says why."""

    code = "model_unavailable"
    title = "The model could not be loaded"


class State(Enum):
    """Where a model is on its way."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class ServedModel:
    """A model that is being opened in the background. Safe to share between threads."""

    def __init__(
        self, open_recognizer: Callable[[], Recognizer], *, max_waiting: int = 1, wait_s: float = WAIT_S
    ) -> None:
        """Prepares; `start` begins.

        Args:
            open_recognizer: opens the model file; may take long.
            max_waiting: requests that may wait while the model starts. Less than the threads of the process,
                so that the probes are answered meanwhile.
            wait_s: how long each of them waits, in seconds.
        """
        self._open_recognizer = open_recognizer
        self._wait_s = wait_s
        self._waiting = threading.BoundedSemaphore(max_waiting)
        self._opened: Future[Recognizer] = Future()

    def start(self) -> None:
        """Does what `open` does in a thread of its own. Call one of them, once."""
        threading.Thread(target=self.open, name="open-model", daemon=True).start()

    def open(self) -> None:
        """Opens and warms up the model; returns when it is ready or failed."""
        try:
            recognizer = self._open_recognizer()
            recognizer.warm_up()
        except MenagerieError as err:
            _logger.error("The model could not be loaded: %s", err)  # noqa: TRY400 - the sentence says it all.
            self._opened.set_exception(err)
        except BaseException as err:  # Whoever waits must be answered, whatever it was.
            _logger.exception("The model could not be loaded.")
            self._opened.set_exception(err)
        else:
            self._opened.set_result(recognizer)

    @property
    def state(self) -> State:
        """The state at this moment; never waits."""
        if not self._opened.done():
            return State.STARTING
        return State.FAILED if self._opened.exception() else State.READY

    def when_done(self, callback: Callable[[ServedModel], None]) -> None:
        """Calls back once the model is ready or failed; at once if it already is."""
        self._opened.add_done_callback(lambda _: callback(self))

    def recognizer(self) -> Recognizer:
        """The model, waited for if it is still starting.

        Raises:
            Overloaded: it is still starting after the wait, or too many wait already.
            ModelUnavailable: it could not be loaded.
        """
        if not self._opened.done():
            self._wait()
        if self._opened.exception():
            raise ModelUnavailable("The model could not be loaded. The server's log says why.")
        return self._opened.result()

    def _wait(self) -> None:
        still_starting = Overloaded("The model is still starting. Send the request again in a few seconds.")
        if not self._waiting.acquire(blocking=False):
            raise still_starting
        try:
            if wait([self._opened], self._wait_s).not_done:
                raise still_starting
        finally:
            self._waiting.release()


def model_path() -> Path:
    """The model file that the settings name.

    Raises:
        ArtifactError: no file is named, and none is active.
    """
    return settings.ENVIRONMENT.model or registry.active()


def current() -> ServedModel:
    """This process's model; the first call starts it."""
    global _current  # noqa: PLW0603 - one model for the whole process is what this module is for.
    with _current_lock:
        if _current is None:
            _current = _opening()
            _current.start()
        return _current


def use(model: ServedModel | None) -> None:
    """Makes another model this process's; None: the next call of `current` starts the one in the settings."""
    global _current  # noqa: PLW0603 - one model for the whole process is what this module is for.
    with _current_lock:
        _current = model


def _opening() -> ServedModel:
    return ServedModel(lambda: Recognizer.open(model_path()), max_waiting=max(1, settings.ENVIRONMENT.threads - 1))


def announce(address: str) -> None:
    """Says on the log where we listen, once the model is warm."""

    def say(model: ServedModel) -> None:
        if model.state is State.READY:
            info = model.recognizer().model_info()
            _ready_logger.info("Menagerie is ready on http://%s (%s %s)", address, info["name"], info["version"])

    current().when_done(say)
