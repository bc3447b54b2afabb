"""How `fit` is told to start, to go on and to finish."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from recognizer.registry import versions
from tests.recognizer.graphs import write_model
from training.cli import main
from training.commands import fit as fit_command


def begin(out: Path) -> Path:
    """As much of an unfinished training as is looked for."""
    folder = out.with_suffix(".training")
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    return out


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(versions, "MODELS_DIR", tmp_path / "models")
    return tmp_path / "models"


def test_going_on_takes_the_last_training_that_was_not_finished(models: Path) -> None:
    begin(models / "farm-1.h5")
    (models / "farm-1.h5").touch()
    begin(models / "farm-2.h5")

    assert fit_command._last_unfinished(Path("farm")).name == "farm-2.h5"


def test_without_one_it_takes_the_free_name(models: Path) -> None:
    models.mkdir()
    (models / "farm-1.h5").touch()

    assert fit_command._last_unfinished(Path("farm")).name == "farm-2.h5"


def test_whoever_stops_a_training_is_told_how_to_go_on(tmp_path: Path) -> None:
    out = begin(tmp_path / "my models" / "x-1.h5")

    said = fit_command._what_now(out, ["fit", "--data", "my farm", "--overwrite"])

    assert f"-m training fit --data 'my farm' --out '{out}' --resume" in said
    assert "--finish" in said


def test_the_place_is_not_named_twice(tmp_path: Path) -> None:
    out = begin(tmp_path / "x-1.h5")

    said = fit_command._what_now(out, ["fit", f"--out={out}", "--resume"])

    assert said.count("--out") == 1
    assert said.count("--resume") == 1


def test_where_nothing_began_nothing_is_promised(tmp_path: Path) -> None:
    assert fit_command._what_now(tmp_path / "x-1.h5", ["fit"]) == "Nothing was written."


def test_there_must_be_something_to_finish(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["fit", "--data", str(tmp_path), "--out", str(tmp_path / "x-1.h5"), "--finish"])

    assert code == 2
    assert "no unfinished training" in capsys.readouterr().err


def test_a_finished_model_is_not_replaced_by_going_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x-1.h5").touch()

    code = main(["fit", "--data", str(tmp_path), "--out", str(tmp_path / "x-1.h5"), "--resume"])

    assert code == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize("minutes", ["-1", "soon", "inf", "nan"])
def test_minutes_are_a_number(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--data", ".", "--checkpoint-min", minutes])

    assert f"Expected minutes, 0 or more. Received: {minutes!r}" in capsys.readouterr().err


def test_going_on_and_starting_anew_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--data", ".", "--resume", "--overwrite"])

    assert "not allowed with" in capsys.readouterr().err


def test_the_name_comes_from_the_first_folder(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(models / "farm-3.h5")
    asked: list[Path] = []

    def free_name(data: Path) -> Path:
        asked.append(data)
        return models / "farm-3.h5"

    monkeypatch.setattr(fit_command, "_free_name", free_name)
    (models / "farm-3.h5").touch()

    main(["fit", "--data", "farm", "--data", "corrections/classes"])

    assert asked == [Path("farm")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone-1.h5"], "gone-1.h5"),
        (["old-1.h5", "gone.txt"], "gone.txt cannot be read"),
        (["old-1.h5", "names.txt"], "Expected a SHA-256 in hexadecimal on each line"),
        (["old-1.h5", "names.txt", "more.txt"], "Expected --compare OLD.h5 SEEN.txt. Received: 3 files."),
    ],
)
def test_what_cannot_be_compared_with_is_refused_before_any_picture_is_looked_at(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "old-1.h5")
    (tmp_path / "names.txt").write_text("felix.jpg\n")

    code = main(["fit", "--data", "no folder", "--compare", *words])

    assert code != 0
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("place", ["nowhere/outcome.json", "x-1.h5", "old-1.h5"])
def test_a_place_for_the_outcome_that_cannot_be_used_is_refused_before_anything_is_loaded(
    place: str, class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old-1.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    out = tmp_path / "x-1.h5"
    arguments = ["fit", "--data", class_folders, "--out", out, "--recipe", "quick", "--set", "weights=none"]

    code = main([*map(str, arguments), "--outcome", str(tmp_path / place)])

    assert code == 2
    assert "--outcome" in capsys.readouterr().err
    assert not (tmp_path / "x-1.training").exists()
    assert (tmp_path / "old-1.h5").read_bytes() == b"\x89HDF\r\n\x1a\n"


def test_a_folder_for_tensorboard_whose_name_is_not_utf_8_is_refused_before_anything_is_loaded(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", "--data", class_folders, "--out", tmp_path / "x-1.h5", "--recipe", "quick"]

    code = main([*map(str, arguments), "--set", "weights=none", "--tensorboard", str(tmp_path / "caf\udce9" / "runs")])

    assert code == 2
    assert "is not UTF-8" in capsys.readouterr().err


def test_a_cluster_needs_an_extra(
    class_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "recognizer.cluster.connection", raising=False)
    monkeypatch.delattr("recognizer.cluster.connection", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    data, out = str(class_folders), str(tmp_path / "x-1.h5")

    assert main(["fit", "--data", data, "--out", out, "--recipe", "quick", "--set", "weights=none", "--ray"]) == 1
    assert "This command needs ray. Get it with:" in " ".join(capsys.readouterr().err.split())


def test_an_address_of_no_cluster_is_refused_before_anything_is_read(
    class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ray", reason="needs the extra ray")

    assert main(["fit", "--data", str(class_folders), "--out", str(tmp_path / "x-1.h5"), "--ray", "my-farm"]) == 2
    assert "--ray takes the address of a cluster's head" in capsys.readouterr().err
    assert not (tmp_path / "x-1.training").exists()
