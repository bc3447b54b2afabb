"""What an earlier release has stored is still there after an upgrade.

`history_0.1.sql` is the database of release 0.1.0, as `sqlite3 .dump` writes it: two accounts, a key, three answers
with corrections, one change of the active version. It is never made anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DUMP = Path(__file__).with_name("history_0.1.sql")
# Runs in the upgraded installation; says what it finds there.
FIND = """
import json
from webui.accounts.models import ApiKey, User
from webui.history.models import Answer
from webui.versions.models import Switch
answers = Answer.objects.order_by("created").select_related("correction", "user")
print(json.dumps({
    "answers": [[a.filename, a.label, a.known, a.score, a.user and a.user.username] for a in answers],
    "corrections": [[a.correction.kind, a.correction.label, a.correction.state] for a in answers],
    "keys": [[key.name, key.scopes] for key in ApiKey.objects.all()],
    "likeness and passes": [[a.likeness, a.passes] for a in answers],
    "switches": [[switch.kind, switch.version, switch.outcome] for switch in Switch.objects.all()],
    "logs in": User.objects.get(username="rosa").check_password("a long enough password"),
}))
"""


def manage(data: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment | {"MENAGERIE_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def upgraded(tmp_path: Path) -> dict[str, Any]:
    """What is found after the migrations, in a folder that release 0.1.0 left."""
    with sqlite3.connect(tmp_path / "menagerie.sqlite3") as database:
        database.executescript(DUMP.read_text(encoding="utf-8"))
    database.close()
    manage(tmp_path, "migrate", "--verbosity=0")
    found: dict[str, Any] = json.loads(manage(tmp_path, "shell", "--no-imports", "-c", FIND))
    return found


@pytest.mark.slow
def test_a_history_of_release_0_1_is_kept(upgraded: dict[str, Any]) -> None:
    assert upgraded == {
        "answers": [
            ["1.jpg", "cat", True, 0.98, "mia"],
            ["猫.jpg", "dog", True, 0.61, None],
            ["3.jpg", "horse", False, 0.4, None],
        ],
        "corrections": [["right", "cat", "pending"], ["class", "cat", "accepted"], ["new_class", "goat", "rejected"]],
        "keys": [["camera", ["classify"]]],
        "likeness and passes": [[None, None]] * 3,
        "switches": [["activate", "animals-1", "done"]],
        "logs in": True,
    }
