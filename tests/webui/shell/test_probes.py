from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from recognizer import Recognizer
from recognizer.model_file.artifact import Artifact
from tests.recognizer.fakes import FakeEngine, make_metadata
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import share
from webui.inference.admission import Admission
from webui.inference.served_model import ServedModel
from webui.problems import TooBusy


class Slow(FakeEngine):
    name = "tensorflow"


@pytest.fixture
def starting(client: Client) -> None:
    share(model=ServedModel(lambda: pytest.fail("never opened")))


@pytest.fixture
def failed(client: Client) -> None:
    model = ServedModel(lambda: 1 // 0)
    model.open()
    share(model=model)


@pytest.fixture
def draining(client: Client) -> None:
    share(is_stopping=lambda: True)


@pytest.fixture
def overloaded(client: Client) -> Iterator[None]:
    """A process that has been turning requests away for eleven seconds."""
    now = 0.0
    slots = Admission(running=1, queue_size=0, queue_timeout_s=1, clock=lambda: now)
    with slots.slot():
        for second in range(12):
            now = float(second)
            with pytest.raises(TooBusy), slots.slot():
                pass
        share(admission=slots)
        yield


def test_a_ready_process_names_its_model(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert (response.json()["model"]["name"], response.json()["model"]["version"]) == ("animals", "1")


def test_a_starting_process_is_not_ready(client: Client, starting: None) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "starting")
    assert response["Retry-After"]


def test_a_process_whose_model_failed_is_not_ready_and_says_so(client: Client, failed: None) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "failed")
    assert "log" in response.json()["reason"]


@pytest.mark.parametrize("status", ["draining", "overloaded"])
def test_a_process_that_should_get_no_requests_says_why(
    client: Client, status: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(status)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, status)
    assert response.json()["reason"].endswith(".")
    assert response["Retry-After"]


def test_a_process_that_serves_an_older_version_is_ready_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ServedModel, "problem", "animals-2 is damaged.")

    response = client.get("/readyz")

    assert (response.status_code, response.json()["problem"]) == (200, "animals-2 is damaged.")
    assert response.json()["model"]["version"] == "1"


def test_a_process_without_problems_names_none(client: Client) -> None:
    assert client.get("/readyz").json().keys() == {"status", "model"}


@pytest.mark.parametrize("state", ["served", "starting", "failed", "draining", "overloaded"])
def test_a_process_lives_whatever_its_model_does(client: Client, state: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(state)

    assert client.get("/livez").json() == {"status": "alive"}


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_never_cached(client: Client, path: str) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("pinned", [None, Path("/elsewhere/pinned/animals-3.h5")])
def test_a_problem_does_not_say_where_on_the_machine_the_files_lie(
    client: Client, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch, pinned: Path | None
) -> None:
    settings_of(models=Path("/srv/secret/models"), model=pinned)
    file = pinned or Path("/srv/secret/models/animals-3.h5")
    monkeypatch.setattr(ServedModel, "problem", f"animals-3 is not served: {file} is damaged.")

    assert client.get("/readyz").json()["problem"] == "animals-3 is not served: animals-3.h5 is damaged."


def test_readiness_says_what_is_slower_than_it_could_be(client: Client, models_in: Path) -> None:
    source = Artifact(models_in / "animals-1.h5", make_metadata(), "sha256:1")
    model = ServedModel(lambda: Recognizer(source, Slow()))
    model.open()
    share(model=model)

    ready = client.get("/readyz").json()

    assert ready["status"] == "ready"
    assert ready["problem"].startswith("animals-1 is answered by TensorFlow")


def test_a_start_that_takes_long_says_why(client: Client, models_in: Path) -> None:
    model = ServedModel(lambda: pytest.fail("never opened"))
    model.tell(f"Compiling {models_in}/animals-1.h5 for this machine, once.")
    share(model=model)

    said = client.get("/readyz").json()

    assert said["reason"] == "The model is still starting. Compiling animals-1.h5 for this machine, once."


@pytest.fixture
def models_in(tmp_path: Path, settings_of: SettingsOf) -> Path:
    settings_of(models=tmp_path)
    return tmp_path
