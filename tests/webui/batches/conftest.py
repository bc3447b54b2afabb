"""Batches of the fake model's server, and a worker that answers them in the test's own process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from recognizer import Recognizer, cli
from recognizer.model_file.artifact import Artifact
from tests.recognizer.fakes import FakeEngine, make_metadata
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import ready_model, share
from webui.accounts.models import ApiKey, Scope, User
from webui.jobs import bounded_process, run
from webui.jobs.bounded_process import Ended
from webui.jobs.models import Job

Work = Callable[[], None]
Send = Callable[..., HttpResponse]


@pytest.fixture
def model(tmp_path_factory: pytest.TempPathFactory, settings_of: SettingsOf) -> Recognizer:
    """The fake model, whose file is there."""
    file = tmp_path_factory.mktemp("models") / "animals-1.h5"
    file.touch()
    recognizer = Recognizer(Artifact(file, make_metadata(), "sha256:0"), FakeEngine())
    share(model=ready_model(recognizer))
    settings_of(model=file)
    return recognizer


@pytest.fixture
def token(member: User) -> str:
    """A key of mia's."""
    return ApiKey.make(member, "script", [Scope.CLASSIFY, Scope.READ])[1]


@pytest.fixture
def api(model: Recognizer, token: str) -> Client:
    """A program that sends mia's key."""
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def send(api: Client) -> Send:
    """Sends bytes as a batch."""

    def post(data: bytes, content_type: str = "application/zip", **options: Any) -> HttpResponse:
        return api.post("/api/v1/batches", data=data, content_type=content_type, **options)

    return post


@pytest.fixture
def work(model: Recognizer, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Does the jobs that wait, with the command in this process."""

    def here(command: list[str], *_: object, **__: object) -> Ended:
        assert command[1:3] == ["-m", "recognizer"]
        return Ended.DONE if cli.main(command[3:]) == 0 else Ended.FAILED

    monkeypatch.setattr(bounded_process, "run", here)
    monkeypatch.setattr(Recognizer, "open", lambda *_, **__: model)

    def work_off() -> None:
        for job in Job.objects.filter(state="waiting"):
            run.run(str(job.id))

    return work_off


def lines(response: HttpResponse) -> list[dict[str, Any]]:
    """The rows in an answer."""
    return [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]  # type: ignore[attr-defined]
