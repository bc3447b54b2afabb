from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from PIL import Image

from tests.webui.conftest import SettingsOf
from tests.webui.fakes import new_services
from webui import services, wiring
from webui.history.models import Answer
from webui.history.recorder import Entry
from webui.inference.model_watch import ModelWatch
from webui.problems import ClientGone
from webui.services import Services


class Watch(ModelWatch):
    """Counts how often it was started."""

    def __init__(self) -> None:
        self.started = 0

    def start(self) -> None:
        self.started += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Services]:
    """What was made since the process began, with a watch that opens nothing."""
    found: list[Services] = []

    def make() -> Services:
        found.append(new_services(model_watch=Watch()))
        return found[-1]

    monkeypatch.setattr(services, "_make", make)
    services.use(None)
    return found


def test_many_threads_get_the_same_objects_and_the_model_is_opened_once(made: list[Services]) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> Services:
        together.wait()
        return services.current()

    with ThreadPoolExecutor(8) as threads:
        asked = list(threads.map(ask, range(8)))

    [only] = made
    assert all(found is only for found in asked)
    assert isinstance(only.model_watch, Watch)
    assert only.model_watch.started == 1


def test_a_process_that_asked_for_nothing_has_nothing_to_close(made: list[Services]) -> None:
    services.close()

    assert made == []


def test_a_process_that_ends_keeps_no_more_answers() -> None:
    services.close()

    picture = Image.new("RGB", (4, 4))
    assert not services.current().recorder.put(Entry(Answer(), picture))


def test_before_django_is_set_up_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_make", None)
    services.use(None)

    with pytest.raises(RuntimeError, match=r"django\.setup\(\)"):
        services.current()


def test_there_are_as_many_slots_as_the_settings_say(settings_of: SettingsOf) -> None:
    settings_of(threads=1, queue_size=1)
    admission = wiring.make().admission

    with ExitStack() as inside:
        for _ in range(2):  # One more than threads: see `Environment.running_requests`.
            inside.enter_context(admission.slot())
        with pytest.raises(ClientGone):  # It had to wait.
            inside.enter_context(admission.slot(gone=lambda: True))
