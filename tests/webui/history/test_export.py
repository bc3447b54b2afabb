"""The CSV file."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from django.test import Client

from tests.webui.factories import make_answer, make_correction, visitor_of
from webui.accounts.models import User
from webui.history import export
from webui.history.models import Answer

pytestmark = pytest.mark.django_db

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "history.md"


def text_of(client: Client, query: str = "") -> str:
    """Everybody's, where the reader is one of the staff."""
    response = client.get(f"/history/export.csv{query or '?'}&who=all")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(response.streaming_content).decode("utf-8")  # type: ignore[attr-defined]


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(client, query).removeprefix("\ufeff"))))


def test_each_answer_is_a_row(staff_client: Client, member: User) -> None:
    answer = make_answer(user=member, likeness=0.9, passes=2)
    make_correction(answer)

    assert rows_of(staff_client) == [
        {
            "id": str(answer.id),
            "time": answer.created.isoformat(timespec="milliseconds"),
            "file": "felix.jpg",
            "class": "cat",
            "nearest": "",
            "score": "0.98",
            "likeness": "0.9",
            "passes": "2",
            "model": "animals-1",
            "model_digest": "sha256:0",
            "width": "60",
            "height": "40",
            "account": "mia",
            "correction": "class",
            "correct_class": "dog",
            "correction_state": "pending",
        }
    ]


def test_an_answer_of_before_has_neither_likeness_nor_passes(staff_client: Client) -> None:
    make_answer()

    [row] = rows_of(staff_client)

    assert (row["likeness"], row["passes"]) == ("", "")


def test_none_of_the_classes_has_a_nearest_one_only(staff_client: Client) -> None:
    make_answer(known=False)

    [row] = rows_of(staff_client)

    assert (row["class"], row["nearest"], row["account"], row["correction"]) == ("", "cat", "", "")


def test_the_filter_counts(staff_client: Client) -> None:
    make_answer()
    make_answer(label="dog")

    assert [row["class"] for row in rows_of(staff_client, "?label=dog")] == ["dog"]


def test_everybody_gets_his_own(visitor_client: Client) -> None:
    make_answer()
    own = make_answer(visitor=visitor_of(visitor_client))

    assert [row["id"] for row in rows_of(visitor_client)] == [str(own.id)]


def test_excel_reads_it_as_utf_8(staff_client: Client) -> None:
    make_answer(filename="猫.jpg")

    text = text_of(staff_client)

    assert text.startswith("\ufeffid,")
    assert "猫.jpg" in text


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", '=HYPERLINK("http://evil")'])
def test_no_name_is_a_formula(staff_client: Client, name: str) -> None:
    make_answer(filename=name)

    assert rows_of(staff_client)[0]["file"] == f"'{name}"


def test_it_is_read_some_rows_at_a_time(staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_ROWS", 2)
    made = [make_answer(age_days=age, picture=False) for age in range(5)]

    lines = export.lines(Answer.objects.all())

    assert iter(lines) is lines
    assert [line[:36] for line in lines][1:] == [str(answer.id) for answer in made]


def test_every_column_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)

    assert tuple(documented) == export.COLUMNS
