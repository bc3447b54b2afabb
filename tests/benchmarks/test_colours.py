"""What `python -m benchmarks.colours` compares and says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import colours
from recognizer import Recognizer
from recognizer.predictions import ClassScore, Prediction
from tests.recognizer.fakes import BLUE, GREEN, RED, make_recognizer, plain


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, colour in {"a": RED, "b": GREEN, "c": BLUE}.items():
        (tmp_path / f"{name}.png").write_bytes(plain(colour))
    monkeypatch.setattr(Recognizer, "open", lambda path: make_recognizer())
    return tmp_path


@pytest.mark.parametrize("stored", [[], ["--jpeg", "95"]])
def test_colours_in_any_space_have_the_same_answers(
    folder: Path, stored: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = colours.main([str(folder), "--model", "animals-1.h5", *stored])

    said = capsys.readouterr().out.splitlines()
    assert code == 0
    assert [line.partition(";")[0] for line in said] == [
        "Adobe RGB     3 of 3 answers as in sRGB",
        "Display P3    3 of 3 answers as in sRGB",
        "ProPhoto RGB  3 of 3 answers as in sRGB",
    ]


def test_an_answer_that_differs_is_a_failure_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colours, "stored", lambda image, profile, quality: plain(BLUE if profile else RED))

    code = colours.main([str(folder), "--count", "1", "--model", "animals-1.h5"])

    assert code == 1
    assert "a.png: cat (" in capsys.readouterr().out


def test_a_folder_without_pictures_is_a_failure(tmp_path: Path, folder: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    assert colours.main([str(empty), "--model", "animals-1.h5"]) == 1


def test_pictures_are_taken_from_all_parts_of_a_folder(folder: Path) -> None:
    assert [Path(path).name for path in colours.evenly(folder, 2)] == ["a.png", "b.png"]
    assert len(colours.evenly(folder, 30)) == 3


def test_the_difference_is_the_largest_of_all_classes() -> None:
    one, other = (
        Prediction(8, 8, known=True, top=tuple(ClassScore(*entry) for entry in entries))
        for entries in ([("cat", 0.7), ("dog", 0.3)], [("dog", 0.55), ("cat", 0.45)])
    )

    assert colours.Compared("a", "P3", one, other).difference == pytest.approx(0.25)
