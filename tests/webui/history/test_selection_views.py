"""Answers that a page names, to take away: as CSV, and with their pictures as a zip file."""

from __future__ import annotations

import csv
import io
import uuid
import zipfile
from typing import Any

import pytest
from django.test import Client

from tests.webui.factories import make_answer, make_correction
from tests.webui.fakes import share
from webui.accounts.models import User
from webui.accounts.rate_limits import RateLimits
from webui.history import pictures, selection_views
from webui.history.models import Answer, CorrectionKind

pytestmark = pytest.mark.django_db


def ask(client: Client, kind: str, answers: list[Answer]) -> Any:
    return client.post(f"/history/selected.{kind}", {"ids": ",".join(str(answer.id) for answer in answers)})


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def places(client: Client, answers: list[Answer]) -> list[str]:
    """Where the pictures of some answers lie in the zip file."""
    with zipfile.ZipFile(io.BytesIO(content(ask(client, "zip", answers)))) as archive:
        assert archive.testzip() is None
        return [name.partition("/")[2] for name in archive.namelist() if name.endswith(".jpg")]


def test_the_csv_has_the_named_answers_in_their_order(member_client: Client, member: User) -> None:
    answers = [make_answer(user=member, filename=f"{n}.jpg") for n in range(3)]

    response = ask(member_client, "csv", [answers[2], answers[0]])

    rows = list(csv.DictReader(io.StringIO(content(response).decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == ["2.jpg", "0.jpg"]
    assert response["Content-Disposition"].startswith('attachment; filename="menagerie-2')


@pytest.mark.parametrize(
    ("fields", "said", "place"),
    [
        ({}, None, "cat/felix.jpg"),
        ({"known": False, "likeness": 0.1}, None, "unknown/felix.jpg"),
        ({"known": False, "likeness": 0.4}, None, "perhaps/cat/felix.jpg"),
        ({}, (CorrectionKind.CLASS, "dog"), "dog/felix.jpg"),
        ({}, (CorrectionKind.NONE, ""), "unknown/felix.jpg"),
        ({"label": "../../x", "filename": "..\\a/b?.png"}, None, "_.._x/b_.jpg"),
        ({"label": "...", "filename": ""}, None, "_/{id}.jpg"),
        ({"label": "猫" * 90, "filename": f"{'😀' * 80}.jpg"}, None, f"{'猫' * 80}/{'😀' * 60}.jpg"),
    ],
)
def test_a_picture_lies_where_it_belongs(
    member_client: Client, member: User, fields: dict[str, Any], said: tuple[str, str] | None, place: str
) -> None:
    answer = make_answer(user=member, **fields)
    if said:
        make_correction(answer, *said)

    assert places(member_client, [answer]) == [place.format(id=answer.id)]


def test_pictures_of_one_name_do_not_overwrite_each_other(member_client: Client, member: User) -> None:
    answers = [make_answer(user=member, filename=name) for name in ("a.jpg", "A.png", "a.jpg")]

    assert places(member_client, answers) == ["cat/a.jpg", "cat/A-2.jpg", "cat/a-3.jpg"]


def test_a_picture_that_is_gone_is_in_the_table_only(member_client: Client, member: User) -> None:
    kept, gone = make_answer(user=member), make_answer(user=member, filename="gone.jpg")
    pictures.remove([gone.id])

    with zipfile.ZipFile(io.BytesIO(content(ask(member_client, "zip", [kept, gone])))) as archive:
        names = archive.namelist()
        table = next(archive.read(name).decode() for name in names if name.endswith("answers.csv"))
    assert [name.rpartition("/")[2] for name in names] == ["answers.csv", "felix.jpg"]
    assert "gone.jpg" in table


@pytest.mark.parametrize("ids", ["", "x", f"{uuid.UUID(int=7)},", ",".join(["a"] * 3)])
def test_what_names_no_answers_is_refused(member_client: Client, ids: str) -> None:
    assert member_client.post("/history/selected.zip", {"ids": ids}).status_code == 400


def test_too_many_are_refused(member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection_views, "MAX_ANSWERS", 2)
    answers = [make_answer(user=member) for _ in range(3)]

    assert ask(member_client, "csv", answers[:2]).status_code == 200
    assert ask(member_client, "csv", answers).status_code == 400


def test_the_eleventh_in_a_minute_waits(member_client: Client, member: User) -> None:
    share(rate_limits=RateLimits(clock=lambda: 0.0))
    answer = make_answer(user=member)

    found = [ask(member_client, "zip", [answer]).status_code for _ in range(11)]

    assert found == [200] * 10 + [429]
