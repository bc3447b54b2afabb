"""Batches over the API: taken, answered, fetched, removed; only by those whose they are."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from recognizer import Recognizer
from recognizer.bulk import answers_csv
from recognizer.bulk.classify_files import classify_files
from tests.recognizer import zips
from tests.recognizer.fakes import BLUE, GREEN, RED, plain
from tests.recognizer.zips import HOSTILE, zipped
from tests.webui.batches.conftest import Send, Work, lines
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.fakes import image_bytes, share
from webui.accounts.models import ApiKey, Scope, User
from webui.accounts.rate_limits import RateLimits
from webui.batches import submission
from webui.batches.models import Batch
from webui.inference.served_model import ServedModel
from webui.jobs import folder, lease, retention
from webui.jobs.models import Job, State

pytestmark = pytest.mark.django_db

ENTRIES = {"cats/a.png": plain(RED), "b.jpg": b"\xff\xd8\xff", "c.png": plain(BLUE), "notes.txt": b"notes"}
Form = dict[str, Any]


def problem(response: HttpResponse) -> tuple[int, str, str]:
    assert response["Content-Type"] == "application/problem+json"
    told = json.loads(response.content)
    return response.status_code, told["code"], told.get("reason", "")


def nothing_is_left() -> bool:
    return not Job.objects.exists() and list(folder.kept()) == []


def file(name: str, data: bytes) -> io.BytesIO:
    sent = io.BytesIO(data)
    sent.name = name
    return sent


# Sending


def test_a_zip_is_taken_and_waits_for_its_turn(send: Send) -> None:
    response = send(zipped(ENTRIES))

    told = response.json()
    assert response.status_code == 202
    assert response["Location"] == told["links"]["self"] == f"/api/v1/batches/{told['id']}"
    assert (told["state"], told["failure"], told["before"]) == ("waiting", None, 0)
    assert told["progress"] == {"done": 0, "total": 3, "unreadable": 0, "seconds_left": None}
    assert told["model"] == {"name": "animals", "version": "1", "digest": "sha256:0"}
    assert told["passed_over"] == {"count": 1, "files": [{"path": "notes.txt", "reason": "No picture."}]}


@pytest.mark.parametrize(
    ("form", "paths"),
    [
        ({"image": [file("a.jpg", image_bytes()), file("a.jpg", image_bytes(GREEN))]}, ["a.jpg", "a-2.jpg"]),
        ({"x": file("../b.png", plain(RED)), "note": "a field", "y": file("c", plain(BLUE))}, ["b.png", "c"]),
        ({"zip": file("all.zip", zipped({"d/e.png": plain(RED)})), "note": "a field"}, ["d/e.png"]),
    ],
    ids=["many of one name", "fields of any name", "a zip in a form"],
)
def test_a_form_is_taken_with_all_of_its_files(api: Client, work: Work, form: Form, paths: list[str]) -> None:
    sent = api.post("/api/v1/batches", form)
    work()

    rows = lines(api.get(sent.json()["links"]["results_jsonl"]))
    assert [row["path"] for row in rows] == paths
    assert not any("error" in row for row in rows)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_zip_is_refused_with_its_reason_and_leaves_nothing(
    what: str, send: Send, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(batch_mb=10)
    monkeypatch.setattr(submission, "MAX_PICTURES", 30)
    reason, make = HOSTILE[what]

    status, code, told = problem(send(make()))

    expected = (413, "batch_too_large") if reason in {"too_many", "unpacked"} else (422, "invalid_zip")
    assert (status, code, told) == (*expected, reason)
    assert nothing_is_left()


@pytest.mark.parametrize(
    ("data", "content_type", "expected"),
    [
        (b"", "application/zip", (400, "missing_image", "")),
        (zipped({}), "application/zip", (400, "missing_image", "")),
        (zipped({"more.zip": zipped(ENTRIES)}), "application/zip", (400, "missing_image", "")),
        (image_bytes(), "image/jpeg", (415, "unsupported_format", "")),
        (b'{"image": ""}', "application/json", (415, "unsupported_format", "")),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", (400, "invalid_request", "")),
        (b"--x\r\n\r\na=1\r\n--x--", "multipart/form-data; boundary=x", (400, "missing_image", "")),
    ],
    ids=["nothing", "an empty zip", "a zip in a zip", "a picture", "JSON", "a form that ends", "a form without files"],
)
def test_what_is_no_batch_is_refused_and_leaves_nothing(
    send: Send, data: bytes, content_type: str, expected: tuple[int, str, str]
) -> None:
    assert problem(send(data, content_type)) == expected
    assert nothing_is_left()


def test_a_batch_that_is_compressed_on_the_way_is_refused(send: Send) -> None:
    assert problem(send(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})) == (415, "unsupported_format", "")


def test_one_that_is_too_long_is_refused_before_it_is_read_or_on_the_way(send: Send, settings_of: SettingsOf) -> None:
    settings_of(batch_mb=1)
    large = zipped({"a.jpg": bytes(2**20)})

    assert problem(send(large)) == (413, "batch_too_large", "packed")
    assert problem(send(large, headers={"Transfer-Encoding": "chunked"})) == (413, "batch_too_large", "packed")
    assert nothing_is_left()


def test_one_that_does_not_say_how_long_it_is_needs_no_more_room_than_it_takes(
    api: Client, settings_of: SettingsOf
) -> None:
    settings_of(batches_gb=1)
    data = zipped(ENTRIES)
    headers = {"Transfer-Encoding": "chunked"}
    as_the_server_passes_it_on = {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(2**31)}

    sent = api.generic("POST", "/api/v1/batches", b"", "application/zip", headers=headers, **as_the_server_passes_it_on)

    assert sent.status_code == 202


def test_one_that_breaks_off_is_not_kept(api: Client) -> None:
    data = zipped(ENTRIES)

    arriving = {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data) + 1)}
    broken = api.generic("POST", "/api/v1/batches", b"", "application/zip", **arriving)

    assert problem(broken) == (400, "invalid_request", "")
    assert nothing_is_left()


def test_a_form_with_too_many_pictures_is_refused_on_the_way(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "MAX_PICTURES", 2)
    three = api.post("/api/v1/batches", {"image": [file(f"{number}.png", plain(RED)) for number in range(3)]})

    assert problem(three) == (413, "batch_too_large", "too_many")
    assert nothing_is_left()


def test_a_zip_beside_pictures_is_refused(api: Client) -> None:
    form = {"a": file("a.zip", zipped(ENTRIES)), "b": file("b.png", plain(RED))}

    assert problem(api.post("/api/v1/batches", form)) == (400, "invalid_request", "")


def test_a_disk_that_is_full_is_a_507_and_nothing_is_left(
    send: Send, monkeypatch: pytest.MonkeyPatch, settings_of: SettingsOf
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40 - 2**20, 2**20))
    assert problem(send(zipped(ENTRIES))) == (507, "storage_full", "")
    monkeypatch.undo()

    monkeypatch.setattr(Path, "open", lambda path, mode: open("/dev/full", "wb"))  # noqa: PTH123, SIM115
    assert problem(send(zipped(ENTRIES))) == (507, "storage_full", "")
    monkeypatch.undo()
    assert nothing_is_left()


def test_a_server_without_its_model_takes_no_batch(send: Send) -> None:
    share(model=ServedModel(lambda: None, wait_s=0))  # type: ignore[arg-type, return-value]

    assert problem(send(zipped(ENTRIES)))[:2] == (503, "overloaded")


# Quotas


def test_nobody_has_more_than_three_at_a_time(send: Send) -> None:
    for _ in range(3):
        assert send(zipped(ENTRIES)).status_code == 202

    refused = send(zipped(ENTRIES))

    assert problem(refused)[:2] == (429, "too_many_batches")
    assert refused["Retry-After"] == "60"


def test_nobody_takes_more_than_half_of_the_room_and_all_no_more_than_all_of_it(
    send: Send, settings_of: SettingsOf, token: str
) -> None:
    settings_of(batches_gb=1)
    of_mia = send(zipped(ENTRIES)).json()["id"]
    sparse = folder.path_of(Job.objects.get(id=of_mia).id) / "large"
    with sparse.open("wb") as large:
        large.truncate(2**29)

    assert problem(send(zipped(ENTRIES)))[:2] == (429, "too_many_batches")

    Job.objects.update(user=make_user("max"))
    with sparse.open("wb") as large:
        large.truncate(2**30)
    assert problem(send(zipped(ENTRIES)))[:2] == (507, "storage_full")


def test_batches_are_sent_at_a_rate_that_a_person_has(send: Send) -> None:
    share(rate_limits=RateLimits(clock=lambda: 0.0))
    answers = [send(b"").status_code for _ in range(21)]

    assert answers == [400] * 20 + [429]


# Results


def test_rows_have_what_classify_answers_and_pictures_that_cannot_be_read_their_problem(
    api: Client, send: Send, work: Work
) -> None:
    links = send(zipped(ENTRIES)).json()["links"]
    work()

    told = api.get(links["self"]).json()
    response = api.get(links["results_jsonl"])
    first, broken, last = lines(response)
    answered = api.post("/api/v1/classify?keep=false", {"image": file("a.png", plain(RED))}).json()["predictions"][0]
    refused = api.post("/api/v1/classify", ENTRIES["b.jpg"], content_type="image/jpeg").json()

    assert (told["state"], told["finished"] is not None) == ("done", True)
    assert told["progress"] == {"done": 3, "total": 3, "unreadable": 1, "seconds_left": None}
    assert response["Content-Type"] == "application/x-ndjson"
    named = {"number": 1, "path": "cats/a.png", "model": "animals-1", "digest": "sha256:0"}
    assert first == {**answered, **named}
    assert broken["error"] == refused
    assert (last["number"], last["label"]) == (3, "dog")


def test_rows_can_be_asked_for_from_one_on_and_with_fewer_classes(api: Client, send: Send, work: Work) -> None:
    address = send(zipped(ENTRIES)).json()["links"]["results_jsonl"]
    work()

    assert [row["number"] for row in lines(api.get(f"{address}?after=1"))] == [2, 3]
    assert [row["number"] for row in lines(api.get(f"{address}?after=1&limit=1"))] == [2]
    assert [len(row["top"]) for row in lines(api.get(f"{address}?top_k=2")) if "top" in row] == [2, 2]
    assert problem(api.get(f"{address}?after=x"))[:2] == (400, "invalid_request")


def test_the_csv_is_the_one_that_the_command_line_writes(
    api: Client, send: Send, work: Work, tmp_path: Path, model: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = {"=a.png": plain(RED), "b.jpg": b"\xff\xd8\xff"}
    address = send(zipped(pictures)).json()["links"]["results_csv"]
    work()
    for name, data in pictures.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    with answers_csv.opened(tmp_path / "rows.csv", model.metadata, "sha256:0") as rows:
        for path, answer in classify_files(model, pictures):
            rows.write(path, answer)

    response = api.get(address)

    assert b"".join(response.streaming_content) == (tmp_path / "rows.csv").read_bytes()  # type: ignore[attr-defined]
    assert response["Content-Disposition"].endswith('.csv"')


def test_what_is_there_while_it_runs_are_whole_rows(api: Client, send: Send, work: Work) -> None:
    told = send(zipped(ENTRIES)).json()
    links = told["links"]
    assert lines(api.get(links["results_jsonl"])) == []
    assert len(list(csv.reader(io.StringIO(b"".join(api.get(links["results_csv"]).streaming_content).decode())))) == 1
    work()
    rows = folder.path_of(Job.objects.get().id) / "results.jsonl"
    rows.write_bytes(rows.read_bytes()[:-9])

    assert [row["number"] for row in lines(api.get(links["results_jsonl"]))] == [1, 2]


def test_another_version_that_is_activated_meanwhile_answers_none_of_it(
    api: Client, send: Send, work: Work, settings_of: SettingsOf, tmp_path: Path
) -> None:
    links = send(zipped(ENTRIES)).json()["links"]
    settings_of(model=None, models=tmp_path)

    work()

    told = api.get(links["self"]).json()
    assert told["state"] == "failed"
    assert told["failure"] == {
        "code": "model_changed",
        "detail": "The model's file was exchanged in the middle of it.",
    }


# What is kept, and for whom


def test_the_pictures_go_when_it_is_over_and_the_rows_with_the_batch(
    api: Client, send: Send, work: Work, settings_of: SettingsOf
) -> None:
    told = send(zipped(ENTRIES)).json()
    path = folder.path_of(Job.objects.get().id)
    assert {each.name for each in path.iterdir()} == {"pictures.zip"}
    work()
    assert {each.name for each in path.iterdir()} == {"results.jsonl", "events.jsonl"}
    assert told["expires"] > told["created"]

    settings_of(keep_days=2)
    Job.objects.update(created=timezone.now() - timedelta(days=2, seconds=1))
    retention.enforce()

    assert api.get(told["links"]["self"]).status_code == 404
    assert not Batch.objects.exists()


def test_delete_ends_it_and_removes_all_of_it(api: Client, send: Send, django_capture_on_commit_callbacks: Any) -> None:
    links = send(zipped(ENTRIES)).json()["links"]
    job = lease.take(str(Job.objects.get().id))
    assert job is not None

    with django_capture_on_commit_callbacks(execute=True):
        deleted = api.delete(links["self"])

    assert (deleted.status_code, api.delete(links["self"]).status_code) == (204, 404)
    assert nothing_is_left()
    assert not lease.hold(job)


def test_a_batch_whose_worker_dies_again_and_again_fails_and_keeps_its_rows(
    api: Client, send: Send, work: Work
) -> None:
    links = send(zipped(ENTRIES)).json()["links"]
    work()
    Job.objects.update(state=State.WAITING)
    silent = timezone.now() - lease.LEASE - timedelta(seconds=1)
    for attempt in range(2, 6):
        job = lease.take(str(Job.objects.get().id))
        assert job is not None
        assert job.attempt == attempt
        Job.objects.update(beat=silent)
        lease.recover()

    told = api.get(links["self"]).json()
    assert (told["state"], told["failure"]["code"]) == ("failed", "died")
    assert len(lines(api.get(links["results_jsonl"]))) == 3


def test_ones_own_are_listed_page_by_page(api: Client, send: Send) -> None:
    ids = [send(zipped(ENTRIES)).json()["id"] for _ in range(3)]

    first = api.get("/api/v1/batches?limit=2").json()
    second = api.get(first["next"]).json()

    assert [each["id"] for each in [*first["batches"], *second["batches"]]] == ids[::-1]
    assert second["next"] is None
    assert problem(api.get("/api/v1/batches?limit=0"))[:2] == (400, "invalid_request")
    assert problem(api.get("/api/v1/batches?before=x"))[:2] == (400, "invalid_request")


def test_a_key_needs_the_scope(send: Send, member: User, api: Client) -> None:
    address = send(zipped(ENTRIES)).json()["links"]["self"]
    keys = {scope: {"Authorization": f"Bearer {ApiKey.make(member, scope, [scope])[1]}"} for scope in Scope}
    client = Client()

    assert client.get(address, headers=keys[Scope.CLASSIFY]).status_code == 403
    assert client.get(f"{address}/results.csv", headers=keys[Scope.CLASSIFY]).status_code == 403
    assert client.get(address, headers=keys[Scope.READ]).status_code == 200
    assert client.delete(address, headers=keys[Scope.READ]).status_code == 403
    assert client.post("/api/v1/batches", b"", "application/zip", headers=keys[Scope.READ]).status_code == 403
    assert client.delete(address, headers=keys[Scope.CLASSIFY]).status_code == 204


def test_a_browser_sends_one_from_our_pages_and_another_site_cannot(member_client: Client, model: Recognizer) -> None:
    def post(origin: str) -> int:
        headers = {"Origin": origin}
        return member_client.post("/api/v1/batches", zipped(ENTRIES), "application/zip", headers=headers).status_code

    assert (post("http://testserver"), post("https://evil.example")) == (202, 401)


def test_other_methods_are_not_allowed(api: Client, send: Send) -> None:
    links = send(zipped(ENTRIES)).json()["links"]

    assert api.put("/api/v1/batches")["Allow"] == "GET, POST"
    assert api.post(links["self"])["Allow"] == "GET, DELETE"
    assert api.post(links["results_csv"])["Allow"] == "GET"


def test_a_picture_that_is_larger_than_any_may_be_has_its_own_error(
    api: Client, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.batches.receiving.MAX_BYTES", 2000)
    monkeypatch.setattr("recognizer.bulk.zip_pictures.MAX_BYTES", 2000)
    monkeypatch.setattr("recognizer.images.decode.MAX_BYTES", 2000)
    sent = api.post(
        "/api/v1/batches", {"image": [file("a.jpg", b"\xff\xd8\xff" + bytes(9000)), file("b.png", plain(RED))]}
    )
    work()

    rows = lines(api.get(sent.json()["links"]["results_jsonl"]))

    assert [row.get("error", {}).get("code") for row in rows] == ["image_too_large", None]


def test_zips_of_tests_are_what_they_say() -> None:
    assert len(zips.bomb()) < 30_000
