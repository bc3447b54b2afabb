"""What a person is told to type."""

from __future__ import annotations

import shlex
import shutil
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from recognizer import folders

PIP = ("-m", "pip", "install")


@pytest.mark.parametrize(
    ("python", "named"), [(".venv/bin/python", ".venv/bin/python"), ("/nowhere/bin/python3", "/nowhere/bin/python3")]
)
def test_in_a_checkout_a_command_is_a_module_of_the_python_that_runs(
    python: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(Path.cwd() / python))

    said = folders.command_line("training", "fit", "--data", "my farm")

    assert said == f"{named} -m training fit --data 'my farm'"


def test_installed_a_command_is_one_of_menageries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "CHECKOUT", None)

    assert folders.command_line("training", "fit", "--data", "my farm") == "menagerie fit --data 'my farm'"
    assert folders.serve_line("my farm-1.h5") == "menagerie serve --model 'my farm-1.h5'"


def test_in_a_checkout_a_model_is_served_by_make() -> None:
    assert folders.serve_line("my farm-1.h5") == "make serve MODEL='my farm-1.h5'"


def test_from_another_folder_a_command_says_where_the_code_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = Path.cwd()
    monkeypatch.chdir(tmp_path)

    assert folders.command_line("training", "fit").startswith(f"env PYTHONPATH={checkout} ")
    assert folders.serve_line("a b.h5") == f"make -C {checkout} serve MODEL='{tmp_path}/a b.h5'"


def test_in_a_checkout_what_is_missing_comes_with_its_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(Path.cwd() / ".venv/bin/python"))

    assert folders.install_line("train") == ".venv/bin/python -m pip install -r requirements.txt"
    assert folders.install_line("ray") == ".venv/bin/python -m pip install -r requirements-ray.txt"


@pytest.mark.parametrize(
    ("noted", "source"),
    [
        ('{"url": "file:///home/ada/my%20menagerie", "dir_info": {}}', "/home/ada/my menagerie"),
        ('{"url": "file:///tmp/menagerie-0.2.0-py3-none-any.whl"}', "/tmp/menagerie-0.2.0-py3-none-any.whl"),
        ('{"url": "https://example.org/menagerie.git"}', "menagerie"),
        ("no JSON", "menagerie"),
        ("[]", "menagerie"),
        (None, "menagerie"),
    ],
)
def test_installed_what_is_missing_comes_from_where_the_rest_came_from(
    noted: str | None, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "CHECKOUT", None)
    monkeypatch.setattr(sys, "executable", "/opt/menagerie/bin/python")
    monkeypatch.setattr(metadata, "distribution", lambda name: SimpleNamespace(read_text=lambda file: noted))

    assert shlex.split(folders.install_line("train")) == ["/opt/menagerie/bin/python", *PIP, f"{source}[train]"]


def test_a_python_that_is_found_by_its_name_is_called_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("python3"))

    assert folders.command_line("training", "fit") == "python3 -m training fit"
