"""A server that has what the samples of code ask for."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from uuid import UUID

import pytest

from recognizer import Recognizer
from tests.recognizer.registry.test_versions import model_file
from tests.webui.batches.factories import make_batch
from tests.webui.conftest import AtOnce, SettingsOf
from tests.webui.factories import make_answer, make_user
from tests.webui.fakes import image_bytes, share
from tests.webui.studio.factories import make_example_project
from tests.webui.versions.conftest import opened
from webui.accounts.models import ApiKey, Scope
from webui.history.api import ANSWER
from webui.jobs import queue
from webui.studio import training
from webui.versions.models import Switch, SwitchKind


@pytest.fixture
def token(tmp_path: Path, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch) -> str:
    """A key that may everything. What the samples ask for is there; the working folder has pictures of cats."""
    models = tmp_path / "models"
    models.mkdir()
    for version in ("1", "2"):
        model_file(models / f"animals-{version}.h5", name="animals", version=version)
    (models / "ACTIVE").write_text("animals-1\n")
    settings_of(models=models, keep_days=30)
    monkeypatch.setattr(training, "find_spec", lambda name: object())
    monkeypatch.setattr(queue, "MOST_OF_ONE", 100)
    monkeypatch.setattr(Recognizer, "open", opened)
    share(recorder=AtOnce())  # None is written when the test is over.
    for name in ("a.jpg", "b.png", "cat.jpg"):
        (tmp_path / name).write_bytes(image_bytes())
    monkeypatch.chdir(tmp_path)
    user = make_user("sam", is_staff=True)
    with zipfile.ZipFile(tmp_path / "photographs.zip", "w") as archive:
        archive.write(tmp_path / "a.jpg", "mug/a.jpg")
    make_batch(id=UUID(ANSWER.example), user=user, state="done")
    make_answer(user=user, id=UUID(ANSWER.example))
    make_example_project(user)
    Switch.objects.create(pk=7, kind=SwitchKind.ACTIVATE, version="animals-2", by=user, outcome="done")
    return ApiKey.make(user, "script", list(Scope))[1]


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout
