"""What a server process shares, with a model without a network; and files to send to it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

from PIL import Image

from recognizer import Recognizer
from tests.recognizer.fakes import RED
from webui import services, wiring
from webui.accounts.identity import KeyUse
from webui.history import recorder
from webui.history.database_watch import DatabaseWatch, Finding
from webui.history.recorder import Entry, Recorder
from webui.inference.admission import Admission, Load, Turn, Weight, never
from webui.inference.served_model import ServedModel
from webui.services import Services
from webui.versions.switching import Switcher


def new_services(**changes: Any) -> Services:
    """The objects of a process that has just begun, whose model is never opened and which has no background."""
    unopened = ServedModel(_never_open, wait_s=0)
    quiet = {"model": unopened, "key_use": KeyUse(at_once), "switcher": Switcher(at_once), "database": watched()}
    return replace(wiring.make(), **{**quiet, **changes})


def share(**changes: Any) -> None:
    """Exchanges some of the process's objects: share(model=ready_model(recognizer))."""
    services.use(replace(services.current(), **changes))


class WaitingRecorder(Recorder):
    """A recorder of another process, or a slow one: it writes as soon as somebody asks it to, and not before."""

    def __init__(self) -> None:
        super().__init__(recorder.write)
        self.entries: list[Entry] = []

    def put(self, entry: Entry) -> bool:
        self.entries.append(entry)
        return True

    def flush(self, timeout_s: float = 5) -> None:
        entries, self.entries = self.entries, []
        if entries:
            recorder.write(entries)


class WatchedAdmission(Admission):
    """Writes down what was asked of it."""

    def __init__(self) -> None:
        super().__init__(running=3, queue_size=1, queue_timeout_s=1)
        self.weights: list[Weight] = []
        self.loads: list[Load] = []

    @contextmanager
    def slot(self, *, gone: Any = never, weight: Weight = Weight.LIGHT) -> Iterator[Turn]:
        self.weights.append(weight)
        with super().slot(gone=gone, weight=weight) as turn:
            yield turn

    def go_on(self, turn: Turn, load: Load) -> None:
        self.loads.append(load)
        super().go_on(turn, load)


def watched(problem: str | None = None, *, can_be_read: bool = True) -> DatabaseWatch:
    """A watch that finds this."""
    return DatabaseWatch(lambda: Finding(problem, can_be_read), run=at_once)


def at_once(work: Callable[[], object], *, name: str) -> None:
    """Does at once what is meant for the background: a test's transaction is its thread's own."""
    work()


def _never_open() -> NoReturn:
    raise AssertionError("This model should not be opened.")


def ready_model(recognizer: Recognizer) -> ServedModel:
    """A model that is ready before this function returns."""
    model = ServedModel(lambda: recognizer)
    model.open()
    return model


def image_bytes(colour: tuple[int, int, int] = RED, kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def image_file(name: str = "cat.jpg", colour: tuple[int, int, int] = RED) -> io.BytesIO:
    """A picture as the test client uploads it."""
    return other_file(name, image_bytes(colour))


def other_file(name: str = "notes.txt", content: bytes = b"This is no picture.") -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file
