from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.webui.factories import PASSWORD, make_user
from webui.accounts.models import User

ROOT = Path(__file__).resolve().parents[3]


def create(monkeypatch: pytest.MonkeyPatch, password: str, *arguments: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password))
    written = io.StringIO()
    call_command("createadmin", *arguments, stdout=written)
    return written.getvalue()


@pytest.mark.django_db
def test_the_password_may_come_from_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    said = create(monkeypatch, f"{PASSWORD}\n", "--username", "ada")

    ada = User.objects.get()
    assert said == "Made the staff account ada.\n"
    assert (ada.is_staff, ada.is_superuser, ada.check_password(PASSWORD)) == (True, True, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("ada", "short", "The password needs at least 8 characters."),
        ("ada", "", "This field is required."),
        ("mia", PASSWORD, "A user with that username already exists."),
        ("a/b", PASSWORD, "Enter a valid username."),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, password: str, reason: str
) -> None:
    make_user("mia")

    with pytest.raises(CommandError, match=reason):
        create(monkeypatch, password, "--username", name)

    assert not User.objects.filter(is_staff=True).exists()


def test_nobody_is_asked_for_a_name_who_cannot_answer(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    with pytest.raises(CommandError, match="Expected --username NAME"):
        create(monkeypatch, PASSWORD)


@pytest.mark.slow
def test_it_works_before_the_server_has_ever_started(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MENAGERIE_")}

    done = subprocess.run(
        [sys.executable, "manage.py", "createadmin", "--username", "ada"],
        cwd=ROOT,
        env=clean | {"MENAGERIE_DATA": str(tmp_path / "data")},
        input=PASSWORD,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "Made the staff account ada.\n", "")
