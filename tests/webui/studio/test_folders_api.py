"""A zip file of class folders, for programs: good ones, odd ones, and those that no program for photographs writes."""

from __future__ import annotations

import errno
import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from recognizer import files
from tests.webui.conftest import SettingsOf
from tests.webui.studio.factories import jpeg_of, make_project
from webui.accounts.models import ApiKey, Scope, User
from webui.studio.api import folders
from webui.studio.models import Picture, Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=0)


@pytest.fixture
def api(client: Client, member: User) -> Client:
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {ApiKey.make(member, 'script', [Scope.STUDIO])[1]}"
    return client


def zipped(entries: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def send(client: Client, project: Project, data: bytes) -> Any:
    return client.post(f"/api/v1/projects/{project.id}/folders", data, content_type="application/zip")


def refusal(response: Any) -> tuple[int, str, str]:
    document = response.json()
    return response.status_code, document["code"], document.get("reason", "")


def test_the_folder_that_a_picture_lies_in_is_its_class(api: Client, project: Project) -> None:
    pictures = {
        "mugs/Mug/a.jpg": jpeg_of(1),
        "mugs/cup/b.jpg": jpeg_of(2),
        "mugs/cup/c.jpg": jpeg_of(3),
        "more/cup/d.jpg": jpeg_of(4),
    }

    answer = send(api, project, zipped(pictures)).json()

    assert {each["name"]: each["pictures"] for each in answer["classes"]} == {"mug": 1, "cup": 3}
    assert [(each["filename"], each["class"]) for each in answer["added"]] == [
        ("a.jpg", "mug"),
        ("b.jpg", "cup"),
        ("c.jpg", "cup"),
        ("d.jpg", "cup"),
    ]
    assert answer["passed"] == []


def test_a_folder_inside_that_of_a_class_which_is_there_is_kept(api: Client, project: Project) -> None:
    project.class_called("Mug")
    pictures = {"all/mug/den/a.jpg": jpeg_of(1), "all/mug/attic/b.jpg": jpeg_of(2), "all/mug/c.jpg": jpeg_of(3)}

    answer = send(api, project, zipped(pictures)).json()

    assert {each["class"] for each in answer["added"]} == {answer["classes"][0]["name"]}
    assert {each.name: each.folder for each in project.pictures.all()} == {
        "a.jpg": "den", "b.jpg": "attic", "c.jpg": "",
    }  # fmt: skip


def test_what_cannot_be_added_has_its_reason_and_does_not_hurt_the_others(api: Client, project: Project) -> None:
    pictures = {
        "loose.jpg": jpeg_of(1),
        "mug/a.jpg": jpeg_of(2),
        "mug/again.jpg": jpeg_of(2),
        "mug/notes.txt": b"text",
        "mug/broken.jpg": b"\xff\xd8\xff",
        "$tmp.x/b.jpg": jpeg_of(3),
        "__MACOSX/mug/._a.jpg": b"x",
    }

    answer = send(api, project, zipped(pictures)).json()

    assert [each["filename"] for each in answer["added"]] == ["a.jpg"]
    assert {each["filename"]: each["code"] for each in answer["passed"]} == {
        "loose.jpg": "no_class",
        "again.jpg": "here",
        "mug/notes.txt": "no_picture",
        "broken.jpg": "invalid_image",
        "$tmp.x/b.jpg": "no_picture",
        "__MACOSX/mug/._a.jpg": "no_picture",
    }


def test_many_are_added_in_one_request(api: Client, project: Project) -> None:
    pictures = {f"mug/{number}.jpg": jpeg_of(number) for number in range(40)}

    assert len(send(api, project, zipped(pictures)).json()["added"]) == 40


def test_a_damaged_entry_has_its_reason(api: Client, project: Project) -> None:
    data = zipped({"mug/a.jpg": jpeg_of(1) * 20, "mug/b.jpg": jpeg_of(2)})
    data = data[:60] + bytes(30) + data[90:]

    answer = send(api, project, data).json()

    assert [each["filename"] for each in answer["added"]] == ["b.jpg"]
    assert [(each["filename"], each["code"]) for each in answer["passed"]] == [("a.jpg", "invalid_image")]


def linked() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("mug/a.jpg")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def bomb() -> bytes:
    return zipped({f"mug/{number}.jpg": jpeg_of(1) + bytes(2 * 2**20) for number in range(3)})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (zipped({"../mug/a.jpg": jpeg_of(1)}), (422, "invalid_zip", "unsafe_name")),
        (zipped({"/mug/a.jpg": jpeg_of(1)}), (422, "invalid_zip", "unsafe_name")),
        (zipped({"mug\\..\\..\\a.jpg": jpeg_of(1)}), (422, "invalid_zip", "unsafe_name")),
        (linked(), (422, "invalid_zip", "link")),
        (zipped({"mug/a.jpg": jpeg_of(1)})[:-40], (422, "invalid_zip", "damaged")),
        (b"PK\x03\x04" + bytes(100), (422, "invalid_zip", "damaged")),
        (bomb(), (413, "batch_too_large", "unpacked")),
        (zipped({f"mug/{number}": b"" for number in range(2001)}), (413, "batch_too_large", "too_many")),
        (b"", (400, "invalid_request", "")),
        (jpeg_of(1), (400, "invalid_request", "")),
        (b"text", (400, "invalid_request", "")),
    ],
    ids=["up", "root", "backslashes", "link", "cut off", "no zip", "bomb", "entries", "empty", "picture", "text"],
)
def test_what_is_no_such_zip_file_is_refused_whole(
    api: Client, project: Project, settings_of: SettingsOf, data: bytes, expected: tuple[int, str, str]
) -> None:
    settings_of(max_request_mb=1)

    assert refusal(send(api, project, data)) == expected
    assert not Picture.objects.exists()


def test_a_hundred_thousand_entries_are_refused_before_they_become_objects(api: Client, project: Project) -> None:
    one = zipped({"mug/a.jpg": b""})
    at = one.index(b"PK\x01\x02")
    entry, end = one[at : one.index(b"PK\x05\x06")], one[one.index(b"PK\x05\x06") :]
    count = 100_000
    listed = entry * count
    forged = one[:at] + listed + end[:12] + len(listed).to_bytes(4, "little") + end[16:]

    assert refusal(send(api, project, forged)) == (413, "batch_too_large", "too_many")


def test_there_is_a_limit_to_pictures(api: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_PICTURES", 1)

    response = send(api, project, zipped({"mug/a.jpg": jpeg_of(1), "mug/b.jpg": jpeg_of(2)}))

    assert refusal(response) == (413, "batch_too_large", "too_many")


def test_a_full_disk_is_said(api: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_whole", full)

    assert refusal(send(api, project, zipped({"mug/a.jpg": jpeg_of(1)})))[:2] == (507, "storage_full")


def test_a_busy_server_takes_none(api: Client, project: Project, busy: object) -> None:
    assert refusal(send(api, project, zipped({"mug/a.jpg": jpeg_of(1)})))[:2] == (503, "overloaded")
