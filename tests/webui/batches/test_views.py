"""The page of batches: a form that sends one, and what has become of one's own."""

from __future__ import annotations

import io
import json
import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from recognizer import Recognizer
from tests.recognizer.fakes import RED, plain
from tests.recognizer.zips import zipped
from tests.webui.batches.conftest import Work
from tests.webui.batches.factories import make_batch
from tests.webui.conftest import SettingsOf
from webui.accounts.models import User
from webui.jobs import folder, worker_sign
from webui.jobs.models import Job, Reason, State

pytestmark = pytest.mark.django_db

OURS = {"Origin": "http://testserver"}


def named(name: str, data: bytes) -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    return file


def send(client: Client, data: bytes) -> HttpResponse:
    return client.post("/batches/", {"image": named("pictures.zip", data)}, headers=OURS)


def words(response: HttpResponse) -> str:
    page = response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :]))


def tell(job: Job, *events: dict[str, object], **fields: Any) -> None:
    Job.objects.filter(id=job.id).update(beat=timezone.now(), **fields)
    (folder.path_of(job.id) / folder.EVENTS).write_text("".join(f"{json.dumps(event)}\n" for event in events))


def test_who_sends_a_zip_file_finds_it_on_the_page_and_its_table_when_it_is_done(
    member_client: Client, model: Recognizer, work: Work
) -> None:
    sent = send(member_client, zipped({"a.png": plain(RED), "b.jpg": b"\xff\xd8\xff", "notes.txt": b"notes"}))
    assert (sent.status_code, sent["Location"]) == (302, "/batches/")
    waiting = member_client.get("/batches/")
    assert "2 pictures" in words(waiting)
    assert "Waiting It begins in a moment." in words(waiting)
    assert 'http-equiv="refresh"' in waiting.content.decode()
    assert "results.csv" not in waiting.content.decode()

    work()

    done = member_client.get("/batches/")
    assert "Done 2 of 2 answered. 1 could not be read; the table says why." in words(done)
    assert "1 file is no picture, and was left out." in words(done)
    assert 'http-equiv="refresh"' not in done.content.decode()
    [table] = re.findall(r'href="([^"]+results\.csv)"', done.content.decode())
    assert member_client.get(table).status_code == 200


def test_what_is_no_batch_is_told_and_the_page_stays(member_client: Client, model: Recognizer) -> None:
    refused = send(member_client, zipped({"../a.jpg": plain(RED)}))

    assert refused.status_code == 422
    assert "This zip file cannot be used. Pack the pictures again" in words(refused)
    assert "leads out of its folder" in words(refused)
    assert not Job.objects.exists()


def test_a_form_needs_the_token_of_our_page_before_its_files(member: User, model: Recognizer) -> None:
    client, pictures = Client(enforce_csrf_checks=True), zipped({"a.png": plain(RED)})
    client.force_login(member)
    token = client.get("/batches/").context["csrf_token"]

    def sent(form: dict[str, Any]) -> int:
        files = {name: named("a.zip", value) if isinstance(value, bytes) else value for name, value in form.items()}
        return client.post("/batches/", files, headers=OURS).status_code

    assert sent({"image": pictures}) == 403
    assert sent({"image": pictures, "csrfmiddlewaretoken": str(token)}) == 403
    assert client.post("/batches/", pictures, "application/zip").status_code == 403
    assert not Job.objects.exists()
    assert list(folder.kept()) == []
    assert sent({"csrfmiddlewaretoken": str(token), "image": pictures}) == 302


def test_a_visitors_batches_are_his_browsers(visitor_client: Client, model: Recognizer, client: Client) -> None:
    assert send(visitor_client, zipped({"a.png": plain(RED)})).status_code == 302

    assert "1 picture " in words(visitor_client.get("/batches/"))
    assert "No batches yet" in words(client.get("/batches/"))


def test_without_a_cookie_and_an_account_nothing_is_kept(client: Client, model: Recognizer) -> None:
    assert send(client, zipped({"a.png": plain(RED)})).status_code == 401


def test_where_nothing_is_kept_of_visitors_the_page_says_so(client: Client, settings_of: SettingsOf) -> None:
    settings_of(keep_days=0)

    assert "On this server, batches need an account. Log in" in words(client.get("/batches/"))


def test_one_that_is_being_answered_says_how_far_it_is(member_client: Client, member: User) -> None:
    job = make_batch(user=member, state=State.RUNNING).job
    step = {"event": "step", "steps": 2, "done": 1, "errors": 0, "share": 0.5}
    worker_sign.give()

    tell(job, {**step, "seconds": 31.2})
    assert "Being answered 1 of 2 answered. About 31 seconds left." in words(member_client.get("/batches/"))
    tell(job, {**step, "seconds": 200})
    assert "About 4 minutes left." in words(member_client.get("/batches/"))
    tell(job, state=State.FAILED, reason=Reason.MODEL_CHANGED)
    assert "It did not work The model&#x27;s file was exchanged" in words(member_client.get("/batches/"))
    tell(job, state=State.WAITING)
    assert "No worker is running" not in words(member_client.get("/batches/"))


def test_deleting_one_removes_it_and_its_files(
    member_client: Client, member: User, django_capture_on_commit_callbacks: Any
) -> None:
    job = make_batch(user=member).job

    with django_capture_on_commit_callbacks(execute=True):
        deleted = member_client.post(f"/batches/{job.id}/delete/")

    assert (deleted.status_code, deleted["Location"]) == (302, "/batches/")
    assert not Job.objects.exists()
    assert list(folder.kept()) == []
    assert member_client.post(f"/batches/{uuid.uuid4()}/delete/").status_code == 404


def test_the_page_is_linked_from_the_history(member_client: Client) -> None:
    assert 'href="/batches/"' in member_client.get("/history/").content.decode()
