from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recognizer import ArtifactError, Recognizer
from recognizer.errors import Overloaded
from recognizer.model_file.artifact import Artifact
from tests.recognizer.fakes import FakeEngine, make_metadata
from tests.webui.conftest import SettingsOf
from webui import services
from webui.inference import served_model
from webui.inference.served_model import ModelUnavailable, ServedModel, State


def failing() -> Recognizer:
    raise ArtifactError("models/x-1.h5 is damaged: copy it again.")


def crashing() -> Recognizer:
    raise RuntimeError("out of luck")


def animals(version: str) -> Recognizer:
    source = Artifact(Path(f"animals-{version}.h5"), make_metadata(version=version), f"sha256:{version}")
    return Recognizer(source, FakeEngine())


class Models:
    """Opens the model that is next; an error is raised."""

    def __init__(self, *models: Callable[[], Recognizer]) -> None:
        self._models = list(models)

    def __call__(self) -> Recognizer:
        return self._models.pop(0)()


def one() -> Recognizer:
    return animals("1")


def two() -> Recognizer:
    return animals("2")


# The first model


def test_a_model_is_starting_before_it_is_opened(recognizer: Recognizer) -> None:
    assert ServedModel(lambda: recognizer).state is State.STARTING


def test_an_opened_model_is_ready(recognizer: Recognizer) -> None:
    model = ServedModel(lambda: recognizer)
    model.open()

    assert model.state is State.READY
    assert model.recognizer() is recognizer
    assert model.problem is None


def test_a_request_waits_for_a_model_that_is_starting(recognizer: Recognizer) -> None:
    gate = threading.Event()

    def slow() -> Recognizer:
        gate.wait(10)
        return recognizer

    model = ServedModel(slow)
    threading.Thread(target=model.open).start()
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
def test_a_model_that_cannot_be_opened_has_failed(broken: Callable[[], Recognizer]) -> None:
    model = ServedModel(broken)
    worked = model.open()

    assert (worked, model.state) == (False, State.FAILED)
    with pytest.raises(ModelUnavailable):
        model.recognizer()


def test_the_log_and_the_problem_say_why_it_failed(caplog: pytest.LogCaptureFixture) -> None:
    model = ServedModel(failing)
    model.open()

    assert caplog.messages == [model.problem] == ["models/x-1.h5 is damaged: copy it again."]


def test_of_a_crash_the_log_has_the_traceback_and_the_problem_the_kind(caplog: pytest.LogCaptureFixture) -> None:
    model = ServedModel(crashing)
    model.open()

    assert "out of luck" in caplog.text
    assert model.problem == "The model could not be opened: RuntimeError, see the log."


def test_the_callback_comes_when_the_model_is_ready(recognizer: Recognizer) -> None:
    states: list[State] = []
    model = ServedModel(lambda: recognizer)
    model.when_done(lambda done: states.append(done.state))

    model.open()
    model.open()

    assert states == [State.READY]


def test_the_log_says_where_a_ready_server_listens(served: Recognizer, caplog: pytest.LogCaptureFixture) -> None:
    served_model.announce("http://127.0.0.1:8000")

    assert caplog.messages == ["Menagerie is ready on http://127.0.0.1:8000 (animals 1)"]


def test_a_model_that_failed_becomes_ready_when_a_good_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    model = ServedModel(Models(failing, two))
    model.open()
    caplog.clear()

    worked = model.open()

    assert (worked, model.state, model.problem) == (True, State.READY, None)
    assert model.recognizer().metadata.version == "2"
    assert caplog.messages == ["Now serving animals 2."]


# Another model


def test_another_model_answers_the_next_request(caplog: pytest.LogCaptureFixture) -> None:
    model = ServedModel(Models(one, two))
    model.open()
    held = model.recognizer()

    model.open()

    assert (held.metadata.version, model.recognizer().metadata.version) == ("1", "2")
    assert caplog.messages == ["Now serving animals 2 (was animals 1)."]


def test_no_request_waits_while_another_model_is_opened() -> None:
    answering = []

    def asked_meanwhile() -> Recognizer:
        answering.append(model.recognizer().metadata.version)
        return two()

    model = ServedModel(Models(one, asked_meanwhile), wait_s=0)
    model.open()
    model.open()

    assert answering == ["1"]


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (failing, "models/x-1.h5 is damaged: copy it again; animals-1 still answers."),
        (crashing, "The model could not be opened: RuntimeError, see the log; animals-1 still answers."),
    ],
)
def test_a_broken_model_changes_nothing_and_the_problem_says_so(broken: Callable[[], Recognizer], problem: str) -> None:
    model = ServedModel(Models(one, broken))
    model.open()

    worked = model.open()

    assert (worked, model.state) == (False, State.READY)
    assert model.recognizer().metadata.version == "1"
    assert model.problem == problem


def test_the_same_problem_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    model = ServedModel(Models(one, failing, failing))
    for _ in range(3):
        model.open()

    assert len(caplog.messages) == 1


def test_the_problem_ends_with_the_next_good_model() -> None:
    model = ServedModel(Models(one, failing, two))
    for _ in range(3):
        model.open()

    assert model.problem is None


@pytest.mark.parametrize("last", [two, failing, crashing])
def test_nothing_keeps_a_model_that_no_longer_answers(last: Callable[[], Recognizer]) -> None:
    class HalfOpen(FakeEngine):
        pass

    def breaks_halfway() -> Recognizer:
        engine = HalfOpen()
        engines.add(engine)
        return failing()

    def counted() -> Recognizer:
        recognizer = one()
        engines.add(recognizer.engine)
        return recognizer

    engines: weakref.WeakSet[Any] = weakref.WeakSet()
    model = ServedModel(Models(counted, counted, breaks_halfway, last))
    gc.disable()  # What only the collector would find may stay for a long time.
    try:
        for _ in range(4):
            model.open()
        remaining = len(engines)
    finally:
        gc.enable()

    assert remaining == (0 if last is two else 1)


def test_models_are_opened_one_at_a_time() -> None:
    others_may = []

    def alone() -> Recognizer:
        others_may.append(model._opening.acquire(blocking=False))
        return one()

    model = ServedModel(alone)
    model.open()

    assert others_may == [False]


# The model in the settings


@pytest.fixture
def models(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose `animals-1.h5` is what the settings name; nothing is served yet."""
    (tmp_path / "animals-1.h5").write_bytes(b"one")
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"model": tmp_path / "animals-1.h5"})
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: one())
    services.use(None)
    yield tmp_path
    services.current().model_watch.stop()


def test_the_first_who_asks_starts_the_model_in_the_settings(models: Path) -> None:
    model = services.current().model

    assert model.recognizer().metadata.version == "1"
    assert services.current().model is model


def test_the_model_is_warm_before_it_answers(models: Path) -> None:
    engine = services.current().model.recognizer().engine

    assert isinstance(engine, FakeEngine)
    assert engine.batches == [(1, 224, 224, 3)]


def test_a_file_that_is_refused_is_named(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: failing())
    model = services.current().model

    with pytest.raises(ModelUnavailable):
        model.recognizer()

    assert model.problem == "animals-1 is not served: models/x-1.h5 is damaged: copy it again."


def test_a_file_that_changes_while_it_is_opened_is_not_served(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def changing(path: Path, **options: object) -> Recognizer:
        path.write_bytes(b"one and more")
        return one()

    monkeypatch.setattr(Recognizer, "open", changing)

    with pytest.raises(ModelUnavailable):
        services.current().model.recognizer()

    assert "animals-1 is not served: it changed while it was being opened" in str(services.current().model.problem)


def test_a_file_that_is_not_there_is_a_problem_without_a_traceback(
    models: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.undo()
    (models / "animals-1.h5").unlink()

    with pytest.raises(ModelUnavailable):
        services.current().model.recognizer()

    assert "There is no model file at" in str(services.current().model.problem)
    assert "Traceback" not in caplog.text


# The settings


@pytest.mark.parametrize("wanted", [True, False])
def test_a_model_looks_again_where_the_settings_want_it(
    monkeypatch: pytest.MonkeyPatch, settings_of: SettingsOf, recognizer: Recognizer, *, wanted: bool
) -> None:
    given: dict[str, object] = {}

    def open_noting(path: Path, **options: object) -> Recognizer:
        given.update(options)
        return recognizer

    monkeypatch.setattr(Recognizer, "open", open_noting)
    settings_of(second_look=wanted)

    served_model.open_as_set(Path("animals-1.h5"))

    assert given["second_look"] is wanted


# What takes longer than it could


class Slow(FakeEngine):
    name = "tensorflow"


def slow() -> Recognizer:
    return Recognizer(Artifact(Path("animals-1.h5"), make_metadata(version="1"), "sha256:1"), Slow())


def test_a_slower_engine_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    model = ServedModel(slow)
    worked = model.open()

    assert worked
    assert model.shortfall is not None
    assert model.shortfall.startswith("animals-1 is answered by TensorFlow")
    assert model.shortfall in caplog.messages


def test_a_shortfall_is_that_of_the_one_that_answers() -> None:
    model = ServedModel(Models(slow, two))
    model.open()
    model.open()

    assert model.shortfall is None


def test_what_is_being_compiled_is_told_as_long_as_that_lasts() -> None:
    heard: list[str | None] = []

    def compiling() -> Recognizer:
        model.tell("Compiling animals-1.h5.")
        model.tell("animals-1.h5: loading TensorFlow ...")
        heard.append(model.step)
        return one()

    model = ServedModel(compiling)
    model.open()

    assert heard == ["Compiling animals-1.h5."]
    assert model.step is None
