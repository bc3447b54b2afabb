"""The commands of the review page: they are real, and do what the page says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from django.core.management import call_command

from recognizer import folders
from tests.recognizer.registry.test_versions import model_file
from tests.test_commands import check_command
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction
from webui.history.models import CorrectionKind, State
from webui.review.figures import figures
from webui.review.next_version import ORIGINALS, next_version, train_command

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings_of: SettingsOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder in the working folder, in which animals-2 is active."""
    models = tmp_path / "models"
    models.mkdir()
    for version in ("1", "2"):
        model_file(models / f"animals-{version}.h5", version=version)
    (models / "ACTIVE").write_text("animals-2\n")
    settings_of(models=models)
    monkeypatch.chdir(tmp_path)
    return models


def accept(kind: str, label: str = "", *, times: int = 1) -> None:
    for _ in range(times):
        make_correction(make_answer(), kind, label, state=State.ACCEPTED)


def options(command: str) -> list[str]:
    words = shlex.split(command)
    return words[words.index("fit") + 1 :]


def test_its_commands_are_taken_by_their_parsers(folder: Path) -> None:
    accept(CorrectionKind.CLASS, "dog")
    accept(CorrectionKind.NONE, times=10)
    found = next_version(figures())

    for command in (found.export_command, found.train_command, train_command()):
        words = shlex.split(command)
        check_command(shlex.join([".venv/bin/python", *words[words.index("-m") :]]))
    assert options(found.train_command) == [
        *("--data", ORIGINALS, "--data", "corrections/classes", "--unknown", "corrections/unknown"),
        *("--out", "models/animals-3.h5"),
    ]


def test_training_is_given_the_folders_that_the_export_writes(folder: Path) -> None:
    accept(CorrectionKind.CLASS, "dog")
    accept(CorrectionKind.NONE, times=9)  # Too few for --unknown.
    command = next_version(figures()).train_command
    assert "--unknown" not in command

    accept(CorrectionKind.NONE)
    [*_, exported] = shlex.split(next_version(figures()).export_command)
    call_command("export_dataset", exported, verbosity=0)

    given = options(next_version(figures()).train_command)
    assert [Path(path).is_dir() for path in (given[3], given[5])] == [True, True]


def test_a_folder_that_will_not_be_there_is_not_named(folder: Path) -> None:
    accept(CorrectionKind.NONE)

    assert "corrections" not in next_version(figures()).train_command


def test_a_version_to_compare_is_one_after_the_active_one(folder: Path) -> None:
    assert (next_version(figures()).active, next_version(figures()).candidate) == ("animals-2", "")

    model_file(folder / "animals-10.h5", version="10")

    assert next_version(figures()).candidate == "animals-10"
    assert next_version(figures()).file_name == "animals-11.h5"


def test_without_models_there_is_still_a_command(settings_of: SettingsOf, tmp_path: Path) -> None:
    settings_of(models=tmp_path / "none")

    assert next_version(figures()).candidate == ""
    assert next_version(figures()).file_name == "my_model-1.h5"


def test_the_export_finds_the_data_of_this_server(folder: Path, settings_of: SettingsOf, data_folder: Path) -> None:
    """Pasted into a terminal that knows nothing of the server's settings."""
    assert next_version(figures()).export_command.startswith(f"env MENAGERIE_DATA={data_folder} ")

    settings_of(data=folders.data())

    assert "MENAGERIE_DATA" not in next_version(figures()).export_command


def test_a_password_is_not_shown(folder: Path, settings_of: SettingsOf) -> None:
    settings_of(database_url="postgres://menagerie:secret@db/menagerie")

    found = next_version(figures())

    assert found.needs_database_url
    assert "secret" not in str(found)
