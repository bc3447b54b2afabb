"""`menagerie`: all commands under one name, with or without what training needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import django
import pytest

import recognizer.cli
import training.cli
from menagerie.cli import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "webui/static/webui/samples/horse.jpg"


def imports_of_the_extra(name: str) -> list[str]:
    """Names by which Python imports what an extra of pyproject.toml brings."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][name]
    brought = {re.split(r"[\[<>=~!]", requirement)[0] for requirement in asked}
    return sorted(
        module
        for module, projects in packages_distributions().items()
        if brought & {project.lower().replace("_", "-") for project in projects}
    )


def without_train(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs `menagerie` where none of what training needs can be imported."""
    missing = f"import sys; sys.modules.update(dict.fromkeys({imports_of_the_extra('train')}))"
    code = f"{missing}; from menagerie.cli import main; sys.exit(main({[*map(str, arguments)]}))"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def helped(run: object, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        run(arguments)  # type: ignore[operator]
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_it_has_the_commands_of_both_packages_and_two_more(capsys: pytest.CaptureFixture[str]) -> None:
    help_text = helped(main, ["--help"], capsys)
    modules = (*recognizer.cli.COMMANDS, *training.cli.COMMANDS)
    files = [module.__name__.rpartition(".")[2] for module in modules]  # type: ignore[attr-defined]  # They are modules.
    names = {file.removesuffix("_graph").removesuffix("_keras").replace("_", "-") for file in files}

    assert {line.split()[0] for line in help_text.splitlines() if line.startswith("    ")} >= names | {
        "serve",
        "manage",
    }


@pytest.mark.parametrize(("command", "run"), [("classify", recognizer.cli.main), ("fit", training.cli.main)])
def test_a_command_has_the_options_that_its_package_gives_it(
    command: str, run: object, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = helped(run, [command, "--help"], capsys)

    ours = helped(main, [command, "--help"], capsys)

    assert ours.partition("options:")[2] == theirs.partition("options:")[2] != ""


def test_exit_code_2_says_that_what_was_given_is_wrong() -> None:
    assert main(["classify", "no-such-picture.jpg"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("fit", "--data", "pictures", "--out", "x-1.h5"), ("audit", "--data", "pictures")]
)
def test_without_the_extra_training_says_how_to_get_it(arguments: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        (tmp_path / "pictures" / name / "horse.jpg").write_bytes(SAMPLE.read_bytes())
    places = {"pictures": tmp_path / "pictures", "x-1.h5": tmp_path / "x-1.h5"}

    done = without_train(*(places.get(argument, argument) for argument in arguments))

    assert done.returncode == 1
    *understood, sentence = done.stderr.splitlines()
    assert sentence.startswith("Not installed: ")
    assert understood in ([], ["2 classes, 2 pictures (cat 1, dog 1)."])  # `audit` has looked at the folder by then.
    assert "-m pip install -r requirements.txt" in done.stderr


@pytest.mark.slow
def test_without_the_extra_a_picture_is_classified() -> None:
    done = without_train("classify", SAMPLE, "--json")

    assert done.returncode == 0
    assert '"label": "horse"' in done.stdout


@pytest.mark.slow
def test_without_the_extra_a_model_that_has_no_graph_says_what_it_takes(tmp_path: Path) -> None:
    alone = tmp_path / "alone-1.h5"
    alone.symlink_to(ROOT / "models/animals-3.h5")

    done = without_train("classify", SAMPLE, "--model", alone)

    assert done.returncode == 1
    assert "has no compiled graph" in done.stderr
    assert "-m pip install -r requirements.txt" in done.stderr


def test_options_of_serve_go_before_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda path, arguments, variables: started.append((arguments, variables)))
    monkeypatch.setenv("PORT", "80")
    monkeypatch.setenv("MENAGERIE_MODEL", "/models/a-1.h5")

    assert main(["serve", "--port", "8123", "--host", ""]) == 0

    [(arguments, variables)] = started
    assert arguments[1:3] == ["-m", "gunicorn"]
    assert [variables[name] for name in ("PORT", "MENAGERIE_HOST", "MENAGERIE_MODEL")] == ["8123", "", "/models/a-1.h5"]


@pytest.mark.slow
def test_manage_hands_everything_to_django() -> None:
    # In a process of its own: Django sets logging up anew, and TensorFlow's absl then closes pytest's stderr.
    command = [sys.executable, "-m", "menagerie", "manage", "version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == django.__version__
