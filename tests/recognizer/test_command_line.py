"""What a person is told to type."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from recognizer import folders


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


def test_a_python_that_is_found_by_its_name_is_called_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("python3"))

    assert folders.command_line("training", "fit") == "python3 -m training fit"
