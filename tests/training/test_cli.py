"""`python -m training`: what a person types, and what the person is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from recognizer import registry
from training import cli
from training.cli import main
from training.evaluate import Evaluation, Mistake
from training.names import name_and_version


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "fit" in capsys.readouterr().out


def test_the_help_of_fit_names_every_option_of_a_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])

    assert "fine_tune.interpolation" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fit", "--data", "{missing}"], "There is no folder"),
        (["fit", "--data", "{data}", "--recipe", "nothing"], "Expected a recipe out of"),
        (["fit", "--data", "{data}", "--set", "sede=3"], "Did you mean 'seed'"),
        (["fit", "--data", "{data}", "--out", "model.keras"], "Expected a file name"),
        (["fit", "--data", "{data}", "--out", "{existing}"], "exists already"),
        (["evaluate", "{existing}", "--data", "{missing}"], "There is no folder"),
        (["fit", "--data", "{data}", "--out", "a" * 101 + "-1.h5"], "Expected a file name"),
    ],
)
def test_a_wrong_input_is_one_sentence_and_exit_code_2(
    arguments: list[str],
    said: str,
    class_folders: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "existing-1.h5").write_bytes(b"mine")
    places = {"missing": tmp_path / "nowhere", "data": class_folders, "existing": tmp_path / "existing-1.h5"}

    code = main([argument.format(**places) for argument in arguments])

    assert code == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "existing-1.h5").read_bytes() == b"mine"


def test_a_broken_model_file_is_exit_code_1(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken-1.h5").write_bytes(b"no model")

    assert main(["evaluate", str(tmp_path / "broken-1.h5"), "--data", str(class_folders)]) == 1
    assert "broken-1.h5" in capsys.readouterr().err


@pytest.mark.tensorflow
def test_fit_then_evaluate(
    tiny_architecture: str,
    class_folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(registry, "MODELS_DIR", tmp_path / "models")
    options = ["architecture=tiny", "weights=none", "fine_tune.unfreeze=['conv2']", "fine_tune.epochs=[1]"]
    options += ["fine_tune.learning_rate=[0.01]", "head.views=1", "fine_tune.interpolation=1"]

    trained = main(["fit", "--data", str(class_folders), *(word for o in options for word in ("--set", o))])
    shown = capsys.readouterr().out
    written = tmp_path / "models" / "colours-1.h5"
    evaluated = main(["evaluate", str(written), "--data", str(class_folders), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (trained, evaluated) == (0, 0)
    assert "colours-1.h5" in shown
    assert answer["n"] == 36
    assert {"accuracy", "per_class", "confusion_matrix"} <= answer.keys()


def test_a_path_that_may_not_be_looked_at_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--data", "a" * 300]) == 1
    assert "File name too long" in capsys.readouterr().err


def test_names_are_printed_as_they_are_on_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    file = f"[/]/{'long' * 40}\udcff.png"
    evaluation = Evaluation(("[/]", "[red]"), np.eye(2, dtype=np.int64), (Mistake(file, "[/]", "[red]", 0.5),), ())

    cli._print_evaluation(evaluation, Console(width=40))

    lines = capsys.readouterr().out.splitlines()
    assert f"  [/]/{'long' * 40}\\udcff.png: taken for [red] (0.50)" in lines


def test_a_matrix_wider_than_a_terminal_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    names = tuple(f"class {number}" for number in range(40))

    cli._print_evaluation(Evaluation(names, np.eye(40, dtype=np.int64), (), ()), Console(width=80))

    assert "predicted" not in capsys.readouterr().out


def test_the_name_of_a_folder_becomes_the_name_of_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "MODELS_DIR", tmp_path)

    assert cli._free_name(Path("My farm")).name == "My_farm-1.h5"
    assert name_and_version(cli._free_name(Path("x" * 255)))
