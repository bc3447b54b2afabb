"""The web half of the loop from correction to better model: answers, corrections by form, review by page, export."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from recognizer.model_file.class_names import looks
from tests.webui.factories import make_answer, visitor_of
from webui.history.models import Answer, Correction, State

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SAID = [
    {"kind": "class", "label": "dog"},
    {"kind": "class", "label": "horse"},
    {"kind": "none"},
    {"kind": "new_class", "label": "Red Panda"},
    {"kind": "right"},
]


def answers(client: Client) -> list[Answer]:
    visitor = visitor_of(client)
    return [make_answer(visitor=visitor, filename=f"{number}.jpg", score=0.95) for number in range(20)]


def fields(page: str, button: str) -> tuple[str, dict[str, str]]:
    """Address and fields of the form that has a button with this value."""
    form = next(form for form in re.findall(r"<form.+?</form>", page, re.DOTALL) if f'value="{button}"' in form)
    [address] = re.findall(r'<form action="([^"]+)"', form)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return address, {name: unescape(value) for name, value in hidden} | {"kind": button}


def test_two_spellings_of_new_classes_become_folders_that_training_takes(
    visitor_client: Client, staff_client: Client, tmp_path: Path
) -> None:
    labels = ("Fox", "fox", "red_panda", "Red Panda")
    for answer, label in zip(answers(visitor_client), labels, strict=False):
        visitor_client.post(f"/history/{answer.id}/correction/", {"kind": "new_class", "label": label})

    for _ in labels:
        address, form = fields(staff_client.get("/review/").content.decode(), "accept")
        staff_client.post(address, form)
    call_command("export_dataset", str(tmp_path / "export"), verbosity=0)

    folders = [path.name for path in (tmp_path / "export/classes").iterdir()]
    assert len(folders) == len({looks(name) for name in folders}) == 2


def test_corrections_become_folders_to_train_with(visitor_client: Client, staff_client: Client, tmp_path: Path) -> None:
    found = answers(visitor_client)
    for answer, said in zip(found, SAID, strict=False):
        visitor_client.post(f"/history/{answer.id}/correction/", said)

    for decision in ["accept", "accept", "reject", "accept", "accept"]:
        address, form = fields(staff_client.get("/review/").content.decode(), decision)
        staff_client.post(address, form)
    call_command("export_dataset", str(tmp_path / "export"), verbosity=0)

    exported = {path.relative_to(tmp_path / "export").parent.as_posix() for path in tmp_path.glob("export/**/*.jpg")}
    rejected = Correction.objects.get(state=State.REJECTED)
    assert "No corrections are waiting" in staff_client.get("/review/").content.decode()
    assert len(list(tmp_path.glob("export/**/*.jpg"))) == 4
    assert exported <= {"classes/dog", "classes/horse", "classes/Red Panda", "classes/cat", "unknown"}
    assert not list(tmp_path.glob(f"export/**/{rejected.answer_id}.jpg"))
