"""Pictures of the history where MENAGERIE_STORAGE names a storage: as in the folder, for all servers."""

from __future__ import annotations

import threading
import time
import uuid
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from PIL import Image

from tests.recognizer.fakes import RED
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction
from tests.webui.fakes import image_file, share
from webui import services
from webui.accounts.models import ApiKey, Scope, User
from webui.config.object_storage import THREADS, ObjectStorage
from webui.history import pictures, recorder, retention
from webui.history.models import Answer, State

pytestmark = pytest.mark.django_db

CLASSIFY = "/api/v1/classify"


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test's transaction commits counts as committed at once."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call: call())


@pytest.fixture
def down(storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage cannot be reached from now on."""
    storage._down_until = 1e12


def settled(storage: ObjectStorage) -> None:
    """Waits for what the storage does in the background: until all its threads are free at the same time."""
    free = threading.Barrier(THREADS, timeout=30)
    storage.at_the_same_time(lambda _: free.wait(), range(THREADS))


def test_a_picture_lies_in_the_storage_and_not_in_the_folder(storage: ObjectStorage) -> None:
    answer_id = uuid.uuid4()

    size = pictures.save(answer_id, Image.new("RGB", (60, 40), RED))

    assert len(pictures.read(answer_id) or b"") == size
    assert storage.has(f"pictures/{str(answer_id)[:2]}/{answer_id}.jpg")
    assert pictures.exists(answer_id)
    assert pictures.thumbnail(answer_id)
    assert not pictures.folder().exists()


def test_an_answer_of_the_api_keeps_its_picture_for_every_server(
    storage: ObjectStorage, kept: None, client: Client
) -> None:
    client.post(CLASSIFY, {"image": image_file()})

    answer = Answer.objects.get()
    assert answer.picture_bytes == len(pictures.read(answer.id) or b"") > 0


def test_a_deleted_answer_takes_its_picture_along(storage: ObjectStorage) -> None:
    answer = make_answer()

    answer.delete()
    settled(storage)

    assert not pictures.exists(answer.id)


def test_the_upkeep_removes_what_is_too_old_and_what_has_no_answer(
    storage: ObjectStorage, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(keep_days=30)
    old, young = make_answer(age_days=31), make_answer()
    orphan = uuid.uuid4()
    pictures.save(orphan, Image.new("RGB", (8, 8)))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 700)

    removed = retention.enforce()
    settled(storage)

    assert (removed.too_old, removed.orphans) == (1, 1)
    assert [pictures.exists(each) for each in (old.id, orphan, young.id)] == [False, False, True]


def test_the_data_set_has_pictures_of_the_storage(storage: ObjectStorage, tmp_path: Path) -> None:
    answer = make_answer()
    make_correction(answer, state=State.ACCEPTED)

    call_command("export_dataset", str(tmp_path / "set"), verbosity=0)

    assert (tmp_path / f"set/classes/dog/{answer.id}.jpg").read_bytes() == pictures.read(answer.id)


def test_while_the_storage_is_down_old_answers_go_and_their_pictures_when_it_is_back(
    storage: ObjectStorage, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(keep_days=30)
    old = make_answer(age_days=31)
    storage._down_until = 1e12

    removed = retention.enforce()
    settled(storage)
    storage._down_until = None
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 700)
    later = retention.enforce()
    settled(storage)

    assert (removed.too_old, removed.orphans, later.orphans) == (1, 0, 1)
    assert not pictures.exists(old.id)


def test_while_the_storage_is_down_pictures_are_answered_and_not_kept(down: None, kept: None, client: Client) -> None:
    share(recorder=recorder.Recorder(recorder.write, gather_s=0, retry_s=60))
    answers = [client.post(CLASSIFY, {"image": image_file()}) for _ in range(2)]
    services.current().recorder.flush()
    late = client.post(CLASSIFY, {"image": image_file()}).json()["predictions"][0]
    ready = client.get("/readyz").json()
    services.current().recorder.close()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (late["label"], late.get("id")) == ("cat", None)
    assert (ready["status"], "The storage cannot be reached" in ready["problem"]) == ("ready", True)


def test_while_the_storage_is_down_the_api_does_not_say_that_a_picture_is_gone(
    down: None, staff_client: Client, staff: User, storage: ObjectStorage
) -> None:
    storage._down_until = None
    answer = make_answer(user=staff)
    storage._down_until = 1e12

    page = staff_client.get(f"/history/{answer.id}/")
    shown = staff_client.get(f"/history/{answer.id}.jpg")
    token = ApiKey.make(staff, "test", [Scope.READ])[1]
    asked = staff_client.get(f"/api/v1/history/{answer.id}.jpg", headers={"Authorization": f"Bearer {token}"})
    answer.delete()

    assert page.status_code == 200
    assert shown["Location"].endswith("no-picture.svg")
    assert (asked.status_code, asked.json()["code"]) == (503, "pictures_unavailable")
    assert not Answer.objects.exists()
