"""`versions`, `activate` and `rollback`: what they print, where, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recognizer import Recognizer, cli
from recognizer.errors import ArtifactError
from recognizer.folders import command_line
from recognizer.registry import versions
from tests.recognizer.fakes import make_recognizer
from tests.recognizer.registry.test_versions import model_file, put

RESULTS = {"validation": {"accuracy": 0.9912, "n": 500}}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for version in ("1", "2"):
        provenance = {"finished": f"2026-11-2{version}T08:00:00+00:00"}
        model_file(tmp_path / f"animals-{version}.h5", version=version, results=RESULTS, provenance=provenance)
    return put(tmp_path, active="animals-1")


@pytest.fixture(autouse=True)
def opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file but an empty one can be served."""

    def open_fake(path: Path, **options: object) -> Recognizer:
        if not path.stat().st_size:
            raise ArtifactError(f"{path} is damaged: copy it again.")
        name, _, version = path.stem.rpartition("-")
        return make_recognizer(name=name, version="1" if name == "renamed" else version)

    monkeypatch.setattr(Recognizer, "open", open_fake)


def run(models: Path, *arguments: str) -> int:
    return cli.main([*arguments, "--models", str(models)])


def rows(printed: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines()]


# versions


def test_the_table_tells_the_versions_apart(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(models, active="animals-2", previous="animals-1")

    code = run(models, "versions")

    header, one, two = rows(capsys.readouterr().out)
    assert code == 0
    assert header == ["model", "classes", "architecture", "accuracy", "trained", "size"]
    assert one[:-2] == ["previous", "animals-1", "4", "resnet50v1.5", "99.12", "%", "2026-11-21"]
    assert two[:-2] == ["active", "animals-2", "4", "resnet50v1.5", "99.12", "%", "2026-11-22"]


def test_a_broken_file_is_a_row_and_its_reason_a_sentence(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(models, "animals-3")

    code = run(models, "versions")

    output = capsys.readouterr()
    assert (code, output.err) == (0, "")
    assert ["animals-3", "-", "cannot", "be", "used"] in rows(output.out)
    assert "animals-3: " in output.out


def test_what_was_not_measured_is_a_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_file(tmp_path / "animals-1.h5", results={"validation": 7}, provenance={"finished": [1]})

    run(put(tmp_path, active="animals-1"), "versions")

    assert rows(capsys.readouterr().out)[1][:-2] == ["active", "animals-1", "4", "resnet50v1.5", "-", "-"]


def test_the_list_comes_without_an_active_model_and_says_so(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(models, active="animals-9")

    code = run(models, "versions")

    output = capsys.readouterr().out
    assert code == 0
    assert "animals-2" in output
    assert "ACTIVE names 'animals-9', but there is no model file" in output


def test_the_list_as_json(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(models, "animals-3")

    run(models, "versions", "--json")

    one, two, three = json.loads(capsys.readouterr().out)["versions"]
    assert (one["model"], one["active"], one["previous"], one["problem"]) == ("animals-1", True, False, None)
    assert (two["name"], two["version"], two["accuracy"]) == ("animals", "2", 0.9912)
    assert (two["class_names"], two["architecture"]) == (["cat", "chicken", "dog", "horse"], "resnet50v1.5")
    assert two["trained"] == "2026-11-22T08:00:00+00:00"
    assert two["size_bytes"] == (models / "animals-2.h5").stat().st_size
    assert "copy it again" in three["problem"]


def test_file_names_that_steer_a_terminal_are_spelled_out(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(models, "\x1b[2J-1", "[red]-1")

    run(models, "versions")

    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert "[red]-1" in output


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(tmp_path / "nowhere", "versions")

    output = capsys.readouterr()
    assert (code, output.out) == (1, "")
    assert "nowhere: No such file or directory" in output.err
    assert output.err.count("\n") == 1


# activate


def test_activating_says_what_happened_what_happens_now_and_the_way_back(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(models, "activate", "2")

    output = capsys.readouterr()
    assert (code, output.err) == (0, "")
    assert output.out.splitlines() == [
        "animals-2 is active now; before, it was animals-1.",
        "A running server takes it within 5 seconds, unless MENAGERIE_MODEL names the file it serves.",
        f"To undo it: {command_line('recognizer', 'rollback', '--models', models)}",
    ]
    assert versions.active(models).stem == "animals-2"


def test_activating_what_is_active_says_so(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(models, "activate", "animals-1")

    assert code == 0
    assert capsys.readouterr().out == "animals-1 is active already, and can be served. Nothing was changed.\n"


def test_a_model_that_goes_by_another_name_is_pointed_out(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_file(models / "renamed-2.h5")

    run(models, "activate", "renamed-2")

    assert "It calls itself renamed 1, and so will its answers." in capsys.readouterr().out


def test_activating_a_broken_file_is_exit_code_1_and_changes_nothing(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(models, "animals-3")

    code = run(models, "activate", "3")

    output = capsys.readouterr()
    assert (code, output.out) == (1, "")
    assert output.err.startswith("The model file cannot be used: ")
    assert versions.active(models).stem == "animals-1"


def test_activating_what_is_not_there_is_exit_code_2_with_what_there_is(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(models, "activate", "animals-7")

    output = capsys.readouterr()
    assert (code, output.out) == (2, "")
    assert "There are: animals-1, animals-2." in output.err


# rollback


def test_rolling_back_says_what_happened(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(models, "activate", "2")
    capsys.readouterr()

    code = run(models, "rollback")

    assert code == 0
    assert capsys.readouterr().out.startswith("animals-1 is active now; before, it was animals-2.\n")
    assert versions.active(models).stem == "animals-1"


def test_rolling_back_at_the_beginning_is_exit_code_2(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(models, "rollback")

    output = capsys.readouterr()
    assert (code, output.out) == (2, "")
    assert "No other version was active before." in output.err


@pytest.mark.parametrize("arguments", [["activate"], ["activate", "1", "2"], ["rollback", "1"], ["versions", "1"]])
def test_a_wrong_call_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)

    assert stopped.value.code == 2
