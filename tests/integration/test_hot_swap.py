"""Versions are exchanged while requests are answered: registry, watch, served model and API together."""

from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.test import Client

from recognizer import Recognizer
from recognizer.errors import ArtifactError
from recognizer.model_file.artifact import Artifact
from recognizer.registry import versions
from recognizer.registry.activate import activate, rollback
from tests.recognizer.fakes import FakeEngine, make_metadata
from tests.webui.fakes import image_file, new_services
from webui import services
from webui.inference.model_watch import ModelWatch
from webui.inference.served_model import ServedModel

SWITCHES = 100
CALLERS = 3
Answer = tuple[str, str]
"""The version that the answer names, and the label, which ends with the version that gave it."""


def open_fake(path: Path) -> Recognizer:
    """Each version has labels of its own; version 3 is broken."""
    name, _, version = path.stem.rpartition("-")
    if version == "3":
        raise ArtifactError(f"{path.name} is damaged: copy it again.")
    class_names = tuple(f"{label} {version}" for label in ("cat", "chicken", "dog", "horse"))
    metadata = make_metadata(name=name, version=version, class_names=class_names)
    return Recognizer(Artifact(path, metadata, f"sha256:{version}"), FakeEngine())


@pytest.fixture(autouse=True)
def _threads_take_turns_often() -> Iterator[None]:
    """Ten times as often as usual: more ways to meet, and no thread waits long for its turn."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(usual_s / 10)
    yield
    sys.setswitchinterval(usual_s)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for version in ("1", "2", "3"):
        (tmp_path / f"animals-{version}.h5").write_text(version)
    activate("animals-1", tmp_path, verify=open_fake)
    return tmp_path


@pytest.fixture
def live() -> weakref.WeakSet[Recognizer]:
    """The recognizers of the server that are still in memory."""
    return weakref.WeakSet()


@pytest.fixture
def served(models: Path, live: weakref.WeakSet[Recognizer]) -> Iterator[ServedModel]:
    """This process serves what is active, and looks every millisecond."""

    def open_active() -> Recognizer:
        recognizer = open_fake(versions.active(models))
        live.add(recognizer)
        return recognizer

    model = ServedModel(open_active, max_waiting=CALLERS)
    watch = ModelWatch(lambda: versions.active(models), model.open, interval_s=0.001)
    watch.start()
    services.use(new_services(model=model))
    yield model
    watch.stop()
    services.use(None)


@pytest.fixture
def answers(served: ServedModel) -> Iterator[Callable[[], list[Answer]]]:
    """Callers that ask the API without a pause; a call ends them and gives all the answers they got."""
    ended = threading.Event()

    def ask() -> list[Answer]:
        client, received = Client(), []
        while not ended.is_set():
            response = client.post("/api/v1/classify", {"image": image_file()})
            assert response.status_code == 200, response.content
            answer = response.json()
            received.append((answer["model"]["version"], answer["predictions"][0]["label"]))
        return received

    def all_received() -> list[Answer]:
        ended.set()
        return [answer for caller in callers for answer in caller.result()]

    with ThreadPoolExecutor(CALLERS) as threads:
        callers: list[Future[list[Answer]]] = [threads.submit(ask) for _ in range(CALLERS)]
        yield all_received
        ended.set()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.001)


def other(served: ServedModel) -> str:
    return "1" if served.recognizer().metadata.version == "2" else "2"


@pytest.mark.slow
def test_a_hundred_switches_and_rollbacks_fail_no_request_and_keep_no_model(
    models: Path, served: ServedModel, live: weakref.WeakSet[Recognizer], answers: Callable[[], list[Answer]]
) -> None:
    most_live = 0
    activate("2", models, verify=open_fake)
    wait_until(lambda: served.recognizer().metadata.version == "2")
    for number in range(SWITCHES):
        wanted = other(served)
        if number % 2:
            rollback(models, verify=open_fake)
        else:
            activate(wanted, models, verify=open_fake)
        wait_until(lambda wanted=wanted: served.recognizer().metadata.version == wanted)  # type: ignore[misc]
        most_live = max(most_live, len(live))
    received = answers()
    gc.collect()

    assert {version for version, _ in received} == {"1", "2"}
    assert [(version, label) for version, label in received if label != f"cat {version}"] == []
    assert most_live <= CALLERS + 2  # What each caller holds, what answers now, what is next.
    assert len(live) == 1


def test_a_broken_version_fails_no_request_and_the_next_good_one_is_served(
    models: Path, served: ServedModel, answers: Callable[[], list[Answer]]
) -> None:
    (models / "draft").write_text("animals-3\n")
    (models / "draft").replace(models / "ACTIVE")  # By hand, past the checks.
    wait_until(lambda: served.problem is not None)
    problem = served.problem
    activate("2", models, verify=open_fake)
    wait_until(lambda: served.problem is None)
    received = answers()

    assert problem == "animals-3.h5 is damaged: copy it again; animals-1 still answers."
    assert served.recognizer().metadata.version == "2"
    assert [(version, label) for version, label in received if label != f"cat {version}"] == []
