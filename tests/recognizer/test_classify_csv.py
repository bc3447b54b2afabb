"""`classify --csv`: a folder of any size into a file, in as many runs as it takes."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from recognizer import cli
from recognizer.bulk.answers_csv import AnswersCsv
from recognizer.predictions import Prediction
from recognizer.recognizer import Recognizer
from tests.recognizer.fakes import BLUE, GREEN, RED, make_recognizer, plain


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """fake-2.h5 is version 2 of the fake model, every other file version 1."""

    def open_fake(path: str | Path, **options: object) -> Recognizer:
        return make_recognizer(version="2" if Path(path).name == "fake-2.h5" else "1")

    monkeypatch.setattr(Recognizer, "open", open_fake)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with twelve pictures."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(12):
        (pictures / f"{number:02}.png").write_bytes(plain((RED, GREEN, BLUE)[number % 3]))
    return pictures


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


def classify(*arguments: Path | str, model: str = "fake.h5") -> int:
    return cli.main(["classify", *map(str, arguments), "--model", model])


def rows(out: Path) -> list[dict[str, str]]:
    with out.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        return list(csv.DictReader(file))


def test_neither_a_picture_nor_the_model_is_written_over(folder: Path, tmp_path: Path) -> None:
    picture, model = folder / "00.png", tmp_path / "fake-2.h5"
    model.write_bytes(b"a model")
    before = picture.read_bytes()

    for option in ("--csv", "--megadetector"):
        assert classify(picture, option, picture, "--overwrite") == 2
        assert classify(picture, option, model, "--overwrite", model=str(model)) == 2

    assert (picture.read_bytes(), model.read_bytes()) == (before, b"a model")


def test_folders_that_overlap_give_each_picture_one_row(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "deep").mkdir()
    (folder / "11.png").rename(folder / "deep" / "11.png")
    monkeypatch.chdir(folder.parent)

    (folder.parent / "by a link").symlink_to(folder)

    again = ("by a link", "pictures/deep/..", f"./{folder.name}/deep", "by a link/03.png")
    assert classify("pictures/03.png", folder.name, folder / "deep", "pictures", folder, *again, "--csv", out) == 0

    paths = [row["path"] for row in rows(out)]
    assert paths == [
        "pictures/03.png",
        *(f"pictures/{n:02}.png" for n in range(11) if n != 3),
        "pictures/deep/11.png",
    ]


def test_the_json_answer_has_each_picture_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = folder / "03.png"

    classify(picture, picture, "--json")
    assert len(json.loads(capsys.readouterr().out)["predictions"]) == 1


@pytest.mark.parametrize("option", [[], ["--passed-over"], ["--json"]])
def test_what_is_not_there_is_said_before_anything_is_listed(
    folder: Path, tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "notes.txt").write_text("notes")

    assert classify(folder, tmp_path / "gone", *option) == 2

    said = capsys.readouterr()
    assert "There is no file or folder" in said.err
    assert said.out == ""


def test_every_picture_is_a_row_in_order(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = classify(folder, "--csv", out)

    output = capsys.readouterr()
    assert code == 0
    assert [row["path"] for row in rows(out)] == [str(folder / f"{number:02}.png") for number in range(12)]
    assert [row["label"] for row in rows(out)] == ["cat", "chicken", "dog"] * 4
    assert output.out == ""
    assert "out.csv has 12 pictures." in output.err


def test_progress_goes_to_stderr(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classify(folder, "--csv", out)

    assert "12/12" in capsys.readouterr().err


def test_a_second_run_answers_only_what_is_new(folder: Path, out: Path) -> None:
    classify(folder, "--csv", out)
    before = out.read_bytes()
    (folder / "00.png").write_bytes(plain(BLUE))
    (folder / "055.png").write_bytes(plain(RED))

    code = classify(folder, "--csv", out)

    assert code == 0
    assert out.read_bytes().startswith(before)
    assert [(Path(row["path"]).name, row["label"]) for row in rows(out)[12:]] == [("055.png", "cat")]


def test_a_run_with_nothing_left_to_do_is_done(folder: Path, out: Path) -> None:
    classify(folder, "--csv", out)
    before = out.read_bytes()

    assert classify(folder, "--csv", out) == 0
    assert out.read_bytes() == before


def test_a_run_that_was_stopped_says_how_to_go_on_and_goes_on(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write = AnswersCsv.write

    def stop_at_the_fifth(self: AnswersCsv, path: str, answer: Prediction) -> None:
        if path.endswith("04.png"):
            raise KeyboardInterrupt
        write(self, path, answer)

    with monkeypatch.context() as patched:
        patched.setattr(AnswersCsv, "write", stop_at_the_fifth)
        code = classify(folder, "--csv", out)

    assert code == 1
    assert "out.csv has 4 pictures. The same command goes on with the others." in capsys.readouterr().err
    assert classify(folder, "--csv", out) == 0
    assert [row["label"] for row in rows(out)] == ["cat", "chicken", "dog"] * 4


def test_a_bad_file_has_its_error_and_the_others_are_answered(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "05.png").write_bytes(b"no picture")

    code = classify(folder, "--csv", out)

    assert code == 0
    assert [row["error"] for row in rows(out)] == [""] * 5 + ["invalid_image"] + [""] * 6
    assert "12 pictures, 1 of them could not be read" in capsys.readouterr().err


def test_only_bad_files_are_exit_code_2_in_every_run(tmp_path: Path, out: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")

    assert classify(tmp_path / "a.jpg", "--csv", out) == 2
    assert classify(tmp_path / "a.jpg", "--csv", out) == 2
    assert len(rows(out)) == 1


def test_a_file_by_another_version_is_refused_with_a_sentence(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classify(folder, "--csv", out)
    before = out.read_bytes()
    capsys.readouterr()

    code = classify(folder, "--csv", out, model="fake-2.h5")

    error = capsys.readouterr().err
    assert code == 2
    assert out.read_bytes() == before
    assert error.count("\n") == 1
    assert "It has answers of the model animals-1 sha256:0, and this one is animals-2 sha256:0." in error
    assert "Choose another file, or begin this one again with --overwrite." in error


def test_overwriting_begins_again(folder: Path, out: Path) -> None:
    classify(folder, "--csv", out)

    code = classify(folder, "--csv", out, "--overwrite", model="fake-2.h5")

    assert code == 0
    assert {row["model"] for row in rows(out)} == {"animals-2 sha256:0"}
    assert len(rows(out)) == 12


def test_names_of_any_kind_are_answered_once(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [b"=1+1.png", b"@a.png", b"-b.png", b"two\nlines.png", b'"quoted", twice.png', b"caf\xe9.png"]
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(plain(RED))
    monkeypatch.chdir(folder)

    codes = classify(".", "--csv", out), classify(".", "--csv", out)

    written = [os.fsencode(row["path"]) for row in rows(out)]
    assert codes == (0, 0)
    assert sorted(written) == sorted(b"./" + name if name[:1] in b"=@-" else name for name in names)
    assert all(Path(os.fsdecode(path)).is_file() for path in written)


def test_a_file_that_cannot_be_written_is_exit_code_1_and_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = classify(folder, "--csv", tmp_path / "nowhere" / "out.csv")

    error = capsys.readouterr().err
    assert code == 1
    assert error.count("\n") == 1
    assert "nowhere" in error


@pytest.mark.parametrize("options", [["--json", "--csv", "out.csv"], ["--csv"]])
def test_a_wrong_call_is_exit_code_2(folder: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        classify(folder, *options)

    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_overwriting_nothing_is_exit_code_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classify(folder, "--overwrite") == 2
    assert "--csv" in capsys.readouterr().err
