from __future__ import annotations

import threading

import pytest

from recognizer import ArtifactError, Recognizer
from recognizer.errors import Overloaded
from webui import serving
from webui.serving import ModelUnavailable, ServedModel, State


def failing() -> Recognizer:
    raise ArtifactError("models/x-1.h5 is damaged: copy it again.")


def crashing() -> Recognizer:
    raise RuntimeError("out of luck")


def test_a_model_is_starting_before_it_is_opened(recognizer: Recognizer) -> None:
    assert ServedModel(lambda: recognizer).state is State.STARTING


def test_an_opened_model_is_ready(recognizer: Recognizer) -> None:
    model = ServedModel(lambda: recognizer)
    model.open()

    assert model.state is State.READY
    assert model.recognizer() is recognizer


def test_a_request_waits_for_a_model_that_is_starting(recognizer: Recognizer) -> None:
    gate = threading.Event()

    def slow() -> Recognizer:
        gate.wait(10)
        return recognizer

    model = ServedModel(slow)
    model.start()
    threading.Timer(0.01, gate.set).start()

    assert model.recognizer() is recognizer


def test_waiting_ends_in_overload(recognizer: Recognizer) -> None:
    model = ServedModel(lambda: recognizer, wait_s=0)

    with pytest.raises(Overloaded, match="still starting"):
        model.recognizer()


def test_more_waiting_requests_than_allowed_are_turned_away_at_once(recognizer: Recognizer) -> None:
    model = ServedModel(lambda: recognizer, max_waiting=1)
    model._waiting.acquire()

    with pytest.raises(Overloaded):
        model.recognizer()


@pytest.mark.parametrize("broken", [failing, crashing])
def test_a_model_that_cannot_be_opened_has_failed(broken: type, caplog: pytest.LogCaptureFixture) -> None:
    model = ServedModel(broken)
    model.open()

    assert model.state is State.FAILED
    with pytest.raises(ModelUnavailable):
        model.recognizer()


def test_the_log_says_why_it_failed(caplog: pytest.LogCaptureFixture) -> None:
    ServedModel(failing).open()

    assert caplog.messages == ["The model could not be loaded: models/x-1.h5 is damaged: copy it again."]


def test_the_callback_comes_when_the_model_is_ready(recognizer: Recognizer) -> None:
    states: list[State] = []
    model = ServedModel(lambda: recognizer)
    model.when_done(lambda done: states.append(done.state))

    model.open()

    assert states == [State.READY]


def test_the_log_says_where_a_ready_server_listens(served: Recognizer, caplog: pytest.LogCaptureFixture) -> None:
    serving.announce("127.0.0.1:8000")

    assert caplog.messages == ["Menagerie is ready on http://127.0.0.1:8000 (animals 1)"]
