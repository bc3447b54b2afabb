"""`python -m training audit`: what a person is told, and what is moved."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest

from tests.training.drawings import draw_scenes, encoded, scene
from training.cli import main


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Two classes of four scenes; barn/00.jpg is there twice, mill/broken.jpg is none, drawing.psd is not read."""
    folder = draw_scenes(tmp_path / "scenes")
    shutil.copy(folder / "barn" / "00.jpg", folder / "barn" / "copy.jpg")
    (folder / "mill" / "broken.jpg").write_bytes(b"no picture")
    (folder / "mill" / "drawing.psd").write_bytes(b"x")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_findings_are_no_failure_and_change_nothing(scenes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(scenes)

    code = main(["audit", "--data", str(scenes)])

    shown = capsys.readouterr().out
    assert code == 0
    assert "Cannot be read" in shown
    assert "8 pictures can be trained on" not in shown
    assert "9 pictures can be trained on: barn 5, mill 4." in shown
    assert contents(scenes) == before


def test_the_command_that_it_names_moves_what_it_said(
    scenes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["audit", "--data", str(scenes)])
    named = capsys.readouterr().out.splitlines()[-1]

    code = main(shlex.split(named.partition("python -m training ")[2]))

    assert code == 0
    assert "To move 2 pictures aside" in named
    assert set(contents(scenes.parent / "scenes-quarantine")) == {
        "barn/copy.jpg",
        "mill/broken.jpg",
        "quarantine.jsonl",
    }
    assert "drawing.psd" in str(contents(scenes))


def test_the_command_that_quarantine_names_puts_everything_back(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(scenes)
    main(["audit", "--data", str(scenes), "--quarantine", str(tmp_path / "a side")])
    named = capsys.readouterr().out.splitlines()[-1]

    code = main(shlex.split(named.partition("python -m training ")[2]))

    assert code == 0
    assert "2 pictures were put back" in capsys.readouterr().out
    assert contents(scenes) == before
    assert not (tmp_path / "a side").exists()


def test_what_cannot_be_read_is_named_with_the_reason(
    scenes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    (scenes / "barn" / "a-pointer.jpg").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")

    main(["audit", "--data", str(scenes)])

    said = capsys.readouterr().out
    assert (
        "barn/a-pointer.jpg: This is only a pointer to the picture, which is stored elsewhere. Fetch it: git lfs pull"
        in said
    )


def test_one_picture_that_was_put_back_is_one(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (scenes / "barn" / "copy.jpg").unlink()
    main(["audit", "--data", str(scenes), "--quarantine", str(tmp_path / "aside")])
    main(["audit", "--data", str(scenes), "--quarantine", str(tmp_path / "aside"), "--undo"])

    said = capsys.readouterr().out
    assert "1 picture was moved to" in said
    assert "1 picture was put back." in said


def test_an_undo_that_is_not_whole_is_a_failure(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["audit", "--data", str(scenes), "--quarantine", str(tmp_path / "aside")])
    (scenes / "barn" / "copy.jpg").write_bytes(b"new")

    code = main(["audit", "--data", str(scenes), "--quarantine", str(tmp_path / "aside"), "--undo"])

    assert code == 1
    assert "copy.jpg is there already" in capsys.readouterr().out


def test_json_holds_everything(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "x.jpg").write_bytes(encoded(scene(1), quality=40))
    arguments = ["--against", str(tmp_path / "test"), "--quarantine", str(tmp_path / "aside")]

    code = main(["audit", "--data", str(scenes), *arguments, "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert found["counts"] == {"unreadable": 1, "near_leak": 1, "copy": 1, "passed_over": 1}
    assert found["classes"] == {"barn": {"files": 5, "usable": 5}, "mill": {"files": 5, "usable": 4}}
    [copy] = [finding for finding in found["findings"] if finding["kind"] == "copy"]
    assert [file["class"] for file in copy["files"]] == ["barn", "barn"]
    assert copy["surplus"] == [str(scenes / "barn" / "copy.jpg")]
    [leak] = [finding for finding in found["findings"] if finding["kind"] == "near_leak"]
    assert {file["class"] for file in leak["files"]} == {"barn", None}
    assert [move["origin"] for move in found["moved"]] == ["mill/broken.jpg", "barn/01.jpg", "barn/copy.jpg"]
    assert [sorted(map(os.path.basename, group)) for group in found["groups"]] == [["00.jpg", "copy.jpg"]]


def test_names_that_are_no_text_are_no_trouble(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (b"\xff\xfe.jpg", b"new\nline.jpg", b"[red]<b>.jpg", b"\x1b[2J.jpg"):
        (scenes / "mill" / os.fsdecode(name)).write_bytes(b"no picture")

    shown = main(["audit", "--data", str(scenes), "--html", str(tmp_path / "audit.html")])
    table = capsys.readouterr().out
    as_json = main(["audit", "--data", str(scenes), "--json"])

    assert (shown, as_json) == (0, 0)
    assert "\x1b[2J" not in table
    assert json.loads(capsys.readouterr().out)["counts"]["unreadable"] == 5
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "<b>.jpg" not in page
    assert "&lt;b&gt;.jpg" in page


@pytest.fixture
def corrections(scenes: Path, tmp_path: Path) -> Path:
    """What is mill/00.jpg in `scenes`, in the class barn."""
    (tmp_path / "corrections" / "barn").mkdir(parents=True)
    shutil.copy(scenes / "mill" / "00.jpg", tmp_path / "corrections" / "barn" / "x.jpg")
    return tmp_path / "corrections"


def test_of_several_folders_the_later_one_counts(
    scenes: Path, corrections: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["audit", "--data", str(scenes), "--data", str(corrections), "--json"])

    found = json.loads(capsys.readouterr().out)
    [outranked] = [finding for finding in found["findings"] if finding["kind"] == "outranked"]
    assert found["data"] == [str(scenes), str(corrections)]
    assert found["classes"]["barn"] == {"files": 6, "usable": 6}
    assert [file["class"] for file in outranked["files"]] == ["barn", "mill"]
    assert outranked["surplus"] == [str(scenes / "mill" / "00.jpg")]
    assert outranked["detail"] == f"In 'mill' of {scenes}, in 'barn' of {corrections}."


def test_a_copy_in_another_class_of_a_later_folder_is_worth_a_look(
    scenes: Path, corrections: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (corrections / "barn" / "x.jpg").write_bytes(encoded(scene(4), quality=40))  # As the web app keeps it.

    main(["audit", "--data", str(scenes), "--data", str(corrections), "--json"])

    [near] = [f for f in json.loads(capsys.readouterr().out)["findings"] if f["kind"] == "near_conflict"]
    assert {file["path"] for file in near["files"]} == {
        str(scenes / "mill" / "00.jpg"),
        str(corrections / "barn" / "x.jpg"),
    }


def test_quarantine_takes_from_each_folder_and_gives_back_to_it(
    scenes: Path, corrections: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (corrections / "mill").mkdir()
    (corrections / "mill" / "broken.jpg").write_bytes(b"no picture either")
    before = contents(scenes) | contents(corrections)
    main(["audit", "--data", str(scenes), "--data", str(corrections)])
    named = capsys.readouterr().out.splitlines()[-1]

    main(shlex.split(named.partition("python -m training ")[2]))

    aside = tmp_path / "scenes-quarantine"
    assert set(contents(aside)) - {"quarantine.jsonl"} == {
        "barn/copy.jpg",
        "mill/00.jpg",
        "mill/broken.jpg",
        "mill/broken-2.jpg",
    }
    both = ["--data", str(scenes), "--data", str(corrections)]
    assert main(["audit", *both, "--quarantine", str(aside), "--undo"]) == 0
    assert contents(scenes) | contents(corrections) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--data DIR"),
        (["--data", "{nowhere}"], "There is no folder"),
        (["--data", "{scenes}", "--against", "{nowhere}"], "There is no folder"),
        (["--data", "{scenes}", "--against", "{scenes}/barn"], "lie in each other"),
        (["--data", "{scenes}/barn", "--against", "{scenes}"], "lie in each other"),
        (["--data", "{scenes}", "--quarantine", "{scenes}/aside"], "beside it"),
        (["--data", "{scenes}", "--unknown", "{other}", "--quarantine", "{other}/aside"], "beside it"),
        (["--data", "{scenes}", "--html", "{scenes}/barn/00.jpg"], "audit.html"),
        (["--data", "{scenes}", "--html", "{nowhere}/audit.html"], "cannot be written"),
        (["--undo"], "--quarantine DIR --undo"),
        (["--data", "{scenes}", "--quarantine", "{nowhere}", "--undo"], "nothing to put back"),
        (["--quarantine", "{nowhere}", "--undo"], "--data DIR --quarantine DIR --undo"),
    ],
)
def test_a_wrong_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], said: str, scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"scenes": scenes, "nowhere": tmp_path / "nowhere", "other": tmp_path / "other"}
    places["other"].mkdir()
    before = contents(scenes)

    code = main(["audit", *(argument.format(**places) for argument in arguments)])

    assert code == 2
    assert said in capsys.readouterr().err
    assert contents(scenes) == before


def test_good_pictures_are_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--data", str(draw_scenes(tmp_path / "good"))]) == 0
    assert "Nothing stands out." in capsys.readouterr().out
