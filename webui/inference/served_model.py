"""Keeps this process's model: opened in the background, exchanged while requests are answered.

    services.current() -> ModelWatch: open, warm up -> ready | failed
    another file should be served -> ModelWatch: open, warm up -> one assignment -> the next request gets it
    a request: recognizer() waits for a model that is starting, for a while, and never for an exchange

Networks are loaded in the background thread, thus after the fork and never in gunicorn's master.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from enum import Enum
from pathlib import Path

from django.conf import settings

from recognizer import Recognizer
from recognizer.engines import Report, one_blas_thread
from recognizer.engines.choice import shortfall
from recognizer.errors import MenagerieError, OperatorError, Overloaded
from recognizer.registry import versions
from webui import services
from webui.inference.model_watch import look

WAIT_S = 60.0
"""How long a request waits for a model that is starting."""

_logger = logging.getLogger(__name__)
_ready_logger = logging.getLogger("webui.ready")


class ModelUnavailable(OperatorError):
    """The model could not be loaded; the log says why."""

    code = "model_unavailable"
    title = "The model could not be loaded"


class NotServed(OperatorError):
    """A model file that should be served cannot be; says which and why."""

    code = "not_served"
    title = "The model file is not served"


class State(Enum):
    """How far the first model of a process is."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class ServedModel:
    """The model that answers, once one could be opened. Thread-safe."""

    def __init__(
        self, open_recognizer: Callable[[], Recognizer], *, max_waiting: int = 1, wait_s: float = WAIT_S
    ) -> None:
        """Prepares; `open` begins.

        Args:
            open_recognizer: opens the model file that should be served now, warm; may take long.
            max_waiting: requests that may wait while the first model starts. Less than the threads of the process,
                so that the probes are answered meanwhile.
            wait_s: how long each of them waits, in seconds.
        """
        self._open_recognizer = open_recognizer
        self._wait_s = wait_s
        self._waiting = threading.BoundedSemaphore(max_waiting)
        self._opening = threading.Lock()
        self._first_try: Future[None] = Future()
        self._recognizer: Recognizer | None = None
        self._problem: str | None = None
        self._step: str | None = None
        self._shortfall: str | None = None

    def open(self) -> bool:
        """Opens the model and switches to it; says whether that worked. If not, what answers goes on answering.

        Nobody waits for the switch: a request keeps the recognizer that it began with, and the last one that does
        takes it along. So nothing else here may refer to a recognizer, not even the traceback of an error.
        """
        with self._opening:  # One at a time: opening takes memory and all the processors.
            try:
                self._switch(self._open_recognizer())
            except MenagerieError as err:
                self._keep(str(err))
            except BaseException as err:  # Whoever waits must be answered, whatever it was.
                _logger.exception("The model could not be opened.")
                self._keep(f"The model could not be opened: {type(err).__name__}, see the log.")
            self._step = None
            if not self._first_try.done():
                self._first_try.set_result(None)
            return self._problem is None

    @property
    def state(self) -> State:
        """The state at this moment; never waits. Once ready, always ready: see `problem`."""
        if self._recognizer is not None:
            return State.READY
        return State.FAILED if self._first_try.done() else State.STARTING

    @property
    def problem(self) -> str | None:
        """Why the model that should be served is not; None where it is, or is still starting."""
        return self._problem

    @property
    def step(self) -> str | None:
        """What takes the model that is being opened so long; None where none is, or it does not."""
        return self._step

    @property
    def shortfall(self) -> str | None:
        """Why the model that answers is slower than it could be; None where it is not."""
        return self._shortfall

    def tell(self, step: str) -> None:
        """Hears the steps of a model that has to be compiled; the first one says what is going on."""
        if self._step is None:
            self._step = step
            _logger.info("%s", step)

    def when_done(self, callback: Callable[[ServedModel], None]) -> None:
        """Calls back once the first model is ready or failed; at once if it already is."""
        self._first_try.add_done_callback(lambda _: callback(self))

    def recognizer(self) -> Recognizer:
        """The model that answers now, waited for if the first one is still starting. Hold it for one request only.

        Raises:
            Overloaded: it is still starting after the wait, or too many wait already.
            ModelUnavailable: it could not be loaded.
        """
        if not self._first_try.done():
            self._wait()
        recognizer = self._recognizer  # Read once: a moment later it may be another one.
        if recognizer is None:
            raise ModelUnavailable("The model could not be loaded. The server's log says why.")
        return recognizer

    def _wait(self) -> None:
        still_starting = Overloaded("The model is still starting. Send the request again in a few seconds.")
        if not self._waiting.acquire(blocking=False):
            raise still_starting
        try:
            if wait([self._first_try], self._wait_s).not_done:
                raise still_starting
        finally:
            self._waiting.release()

    def _switch(self, recognizer: Recognizer) -> None:
        before, self._recognizer = self._recognizer, recognizer
        self._problem = None
        self._shortfall = _shortfall(recognizer)
        if self._shortfall:
            _logger.warning("%s", self._shortfall)
        if self._first_try.done():  # Of the first one, `announce` tells.
            _logger.info("Now serving %s%s.", _name(recognizer), f" (was {_name(before)})" if before else "")

    def _keep(self, reason: str) -> None:
        answering = self._recognizer.artifact.path.stem if self._recognizer else None
        problem = f"{reason.rstrip('.')}; {answering} still answers." if answering else reason
        if problem != self._problem:  # The second try need not say it again.
            _logger.error("%s", problem)
        self._problem = problem


def model_path() -> Path:
    """The model file that the settings name.

    Raises:
        ArtifactError: no file is named, and none is active.
    """
    return settings.ENVIRONMENT.model or versions.active(settings.ENVIRONMENT.models)


def file_of(stem: str) -> Path | None:
    """The file of a version, animals-2, wherever the settings name it; None: it is gone."""
    try:
        served = model_path()
    except MenagerieError:
        served = None
    found = Path(served) if served and served.stem == stem else settings.ENVIRONMENT.models / f"{stem}.h5"
    return found if found.is_file() else None


def without_folders(problem: str) -> str:
    """A problem's text without the server's folders, for people outside: they read the file's name alone."""
    model = settings.ENVIRONMENT.model
    for folder in (settings.ENVIRONMENT.models, *([model.parent] if model else [])):
        problem = problem.replace(f"{folder}/", "")
    return problem


def announce(url: str) -> None:
    """Writes where people can open the site, and the model's name into the log, once the model is warm."""

    def say(model: ServedModel) -> None:
        if model.state is State.READY:
            _ready_logger.info("Menagerie is ready on %s (%s)", url, _name(model.recognizer()))

    services.current().model.when_done(say)


def open_as_set(path: Path, report: Report = _logger.info) -> Recognizer:
    """Opens a model file with the precision, threads and looks of the settings, and warms it up.

    Args:
        path: the model file.
        report: is told each step where it has to be compiled.

    Raises:
        ArtifactError: it cannot be served.
    """
    one_blas_thread.keep_to_one_thread()
    recognizer = Recognizer.open(
        path,
        precision=settings.ENVIRONMENT.precision,
        threads=settings.ENVIRONMENT.threads,
        second_look=settings.ENVIRONMENT.second_look,
        threads_per_picture=1,  # 76 requests a second against 62, with 8 connections on 2 cores.
        all_threads_when_idle=True,
        report=report,
    )
    recognizer.warm_up()
    return recognizer


def open_configured() -> Recognizer:
    """Opens the model file that the settings name, warm.

    Raises:
        NotServed: it cannot be served; says which and why.
    """
    before, path = look(model_path), model_path()
    try:
        recognizer = open_as_set(path, services.current().model.tell)
    except MenagerieError as err:
        raise NotServed(f"{path.stem} is not served: {err}") from err
    if look(model_path) != before:  # What was opened may be half of the one file and half of the other.
        raise NotServed(f"{path.stem} is not served: it changed while it was being opened.")
    return recognizer


def _shortfall(recognizer: Recognizer) -> str | None:
    """Why a model answers more slowly than it could, unless the settings want that; see `choice.shortfall`."""
    is_wanted = settings.ENVIRONMENT.precision not in {"auto", "int8"} and recognizer.engine.name != "tensorflow"
    return None if is_wanted else shortfall(recognizer.artifact, recognizer.engine.name)


def _name(recognizer: Recognizer) -> str:
    return f"{recognizer.metadata.name} {recognizer.metadata.version}"
