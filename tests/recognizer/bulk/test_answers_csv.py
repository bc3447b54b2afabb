"""The CSV file: its rows, and how it is continued."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recognizer.bulk import answers_csv
from recognizer.bulk.answers_csv import NotOurCsv
from recognizer.bulk.classify_files import Answer
from recognizer.errors import DamagedImage, InvalidImage
from recognizer.predictions import ClassScore, Prediction
from tests.recognizer.fakes import CLASS_NAMES, make_metadata

DIGEST = "sha256:" + 8 * "0123456789abcdef"
MODEL = "animals-1 sha256:0123456789abcdef"
SCORES = (0.7, 0.2, 0.06, 0.04)


def prediction(*, known: bool = True, names: Sequence[str] = CLASS_NAMES) -> Prediction:
    return Prediction(500, 375, known, tuple(map(ClassScore, names, SCORES)))


def write(path: Path, answers: dict[str, Answer], **changes: Any) -> answers_csv.AnswersCsv:
    """Opens the file, writes the answers it does not have yet, and closes it."""
    overwrite = changes.pop("overwrite", False)
    digest, second_look = changes.pop("digest", DIGEST), changes.pop("second_look", True)
    with answers_csv.opened(
        path, make_metadata(**changes), digest, second_look=second_look, overwrite=overwrite
    ) as rows:
        for name in [name for name in answers if name not in rows]:
            rows.write(name, answers[name])
        return rows


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


# Rows


def test_a_prediction_is_a_row_with_a_column_for_each_class(path: Path) -> None:
    write(path, {"photos/a.jpg": prediction()})

    assert read(path) == [
        {
            "path": "photos/a.jpg",
            "known": "true",
            "label": "cat",
            "score": "0.7",
            "likeness": "",
            "passes": "1",
            "error": "",
            "reason": "",
            "width": "500",
            "height": "375",
            "score_cat": "0.7",
            "score_chicken": "0.2",
            "score_dog": "0.06",
            "score_horse": "0.04",
            "model": MODEL,
        }
    ]


def test_scores_stand_in_the_columns_of_their_classes_whichever_is_best(path: Path) -> None:
    write(path, {"a.jpg": prediction(names=("horse", "dog", "chicken", "cat"))})

    [row] = read(path)
    assert (row["score_horse"], row["score_dog"], row["score_chicken"], row["score_cat"]) == (
        "0.7",
        "0.2",
        "0.06",
        "0.04",
    )


def test_a_picture_that_is_none_of_the_classes_has_scores_and_no_label(path: Path) -> None:
    write(path, {"a.jpg": prediction(known=False)})

    [row] = read(path)
    assert (row["known"], row["label"], row["score"], row["score_cat"]) == ("false", "", "0.7", "0.7")


def test_how_like_what_was_learned_a_picture_is_and_how_often_it_was_looked_at_are_in_its_row(path: Path) -> None:
    write(path, {"a.jpg": replace(prediction(), likeness=0.8765, passes=2)})

    [row] = read(path)
    assert (row["likeness"], row["passes"]) == ("0.8765", "2")


def test_a_bad_picture_has_the_code_and_the_reason_of_its_error_and_nothing_else(path: Path) -> None:
    write(path, {"a.jpg": InvalidImage("It is of too many parts."), "b.jpg": DamagedImage("It is broken.")})

    [without_reason, with_reason] = read(path)
    assert {name for name, value in without_reason.items() if value} == {"path", "error", "model"}
    assert (with_reason["error"], with_reason["reason"]) == ("invalid_image", "damaged")


def test_rows_are_in_the_file_at_once(path: Path) -> None:
    with answers_csv.opened(path, make_metadata(), DIGEST) as rows:
        rows.write("a.jpg", prediction())

        assert [row["path"] for row in read(path)] == ["a.jpg"]


# Names of any kind

NAMES = [
    "plain.jpg",
    "a, b.jpg",
    'a "quoted" one.jpg',
    '"',
    "two\nlines.jpg",
    "end\n",
    "carriage\rreturn.jpg",
    "both\r\n.jpg",
    "semi;=1+1;colon.jpg",
    "tab\t.jpg",
    "猫.jpg",
    os.fsdecode(b"caf\xe9.jpg"),
    "'quoted'.jpg",
    " spaces .jpg",
    "back\\slash.jpg",
]


def test_every_name_comes_back_as_it_was(path: Path) -> None:
    write(path, dict.fromkeys(NAMES, prediction()))

    assert [row["path"] for row in read(path)] == NAMES


def test_the_bytes_of_a_name_that_is_not_utf_8_are_in_the_file(path: Path) -> None:
    write(path, {os.fsdecode(b"caf\xe9.jpg"): prediction()})

    assert b"caf\xe9.jpg" in path.read_bytes()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " ="])
def test_a_path_that_looks_like_a_formula_is_the_same_file_named_otherwise(path: Path, start: str) -> None:
    name = f"{start}cmd|' /C calc'!A0.jpg"

    write(path, {name: prediction()})
    rows = write(path, {name: prediction()})

    [row] = read(path)
    assert row["path"] == f"./{name}"
    assert rows.predictions == 1


def test_a_label_that_looks_like_a_formula_begins_with_an_apostrophe(path: Path) -> None:
    names = ("=HYPERLINK(1)", "b")
    write(path, {"a.jpg": prediction(names=names)}, class_names=names)

    [row] = read(path)
    assert row["label"] == "'=HYPERLINK(1)"
    assert row["score_=HYPERLINK(1)"] == "0.7"


def test_texts_are_quoted_so_that_no_semicolon_divides_a_cell(path: Path) -> None:
    write(path, {"a;=1+1.jpg": prediction()})

    assert path.read_bytes().splitlines()[1].startswith(b'"a;=1+1.jpg",')


# Going on with a file


def test_paths_that_are_answered_are_known_and_counted(path: Path) -> None:
    write(path, {"a.jpg": prediction(), "b.jpg": InvalidImage("It is broken.")})

    with answers_csv.opened(path, make_metadata(), DIGEST) as rows:
        assert ("a.jpg" in rows, "b.jpg" in rows, "c.jpg" in rows) == (True, True, False)
        assert (rows.predictions, rows.errors) == (1, 1)


def test_rows_are_added_behind_those_that_are_there(path: Path) -> None:
    write(path, {"a.jpg": prediction()})
    write(path, {"a.jpg": prediction(known=False), "b.jpg": prediction()})

    assert [(row["path"], row["known"]) for row in read(path)] == [("a.jpg", "true"), ("b.jpg", "true")]


def test_wherever_a_run_was_killed_the_next_one_makes_the_file_whole(path: Path) -> None:
    answers: dict[str, Answer] = {
        "a.jpg": prediction(),
        'two\n"lines"\n.jpg': prediction(),
        "bad.jpg": InvalidImage("It is broken."),
        os.fsdecode(b"caf\xe9 \xff.jpg"): prediction(known=False),
    }
    write(path, answers)
    whole = path.read_bytes()

    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        write(path, answers)
        assert path.read_bytes() == whole, length


def test_paths_are_forgotten_once_they_are_no_longer_needed(path: Path) -> None:
    write(path, {"a.jpg": prediction()})

    with answers_csv.opened(path, make_metadata(), DIGEST) as rows:
        rows.forget_paths()

        assert "a.jpg" not in rows
        assert rows.predictions == 1


def test_overwriting_begins_again(path: Path) -> None:
    path.write_text("something else\n")

    write(path, {"a.jpg": prediction()}, overwrite=True)

    assert [row["path"] for row in read(path)] == ["a.jpg"]


# What is refused


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "2"},
        {"name": "farm"},
        {"digest": "sha256:" + 64 * "f"},
        {"class_names": ("cat", "dog")},
        {"second_look": False},
    ],
    ids=["version", "name", "digest", "classes", "looks"],
)
def test_answers_of_another_model_are_refused(path: Path, changes: dict[str, Any]) -> None:
    write(path, {"a.jpg": prediction()})
    before = path.read_bytes()

    with pytest.raises(NotOurCsv, match="--overwrite"):
        write(path, {}, **changes)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"name,price\napple,1\n",
        b"one line without an end",
        b"\xff\xd8\xff\xe0 a picture",
        b"\n",
        b'"open quote\n' * 3,
        b"\0\n",
    ],
)
def test_a_file_of_another_program_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(NotOurCsv, match=r"cannot be continued\. It was not written by this command\. Choose another"):
        write(path, {"a.jpg": prediction()})

    assert path.read_bytes() == content


@pytest.mark.parametrize("row", [b"a,b\n", b"\0" * 40 + b"\n", b"\n", b'"a"b"c"' + b"," * 13 + b"\n"])
def test_a_damaged_row_is_refused_and_the_file_left_as_it_is(path: Path, row: bytes) -> None:
    write(path, {"a.jpg": prediction()})
    content = path.read_bytes() + row + path.read_bytes().splitlines(keepends=True)[1]
    path.write_bytes(content)

    with pytest.raises(NotOurCsv, match="cannot be continued"):
        write(path, {"b.jpg": prediction()})

    assert path.read_bytes() == content


def test_a_file_without_end_is_not_read_into_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_csv, "_MAX_ROW_BYTES", 1000)
    path.write_bytes(b'"' + 200 * b"0123456789\n")

    with pytest.raises(NotOurCsv, match="cannot be continued"):
        write(path, {})


def test_a_file_that_another_run_writes_is_refused(path: Path) -> None:
    with answers_csv.opened(path, make_metadata(), DIGEST), pytest.raises(NotOurCsv, match="another run"):
        write(path, {})


def test_spreadsheets_are_told_the_encoding(path: Path) -> None:
    write(path, {"K\u00e4tzchen.jpg": prediction()})

    assert path.read_bytes().startswith(b'\xef\xbb\xbf"path",')


def test_a_file_without_a_byte_order_mark_is_gone_on_with(path: Path) -> None:
    write(path, {"a.jpg": prediction()})
    path.write_bytes(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))

    again = write(path, {"a.jpg": prediction(), "b.jpg": prediction()})

    assert again.predictions == 2
    assert [row["path"] for row in read(path)] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("device", ["/dev/full", "/dev/zero"])
def test_a_device_is_not_read_for_ever(device: str) -> None:
    with pytest.raises(OSError, match="no plain file but a pipe, a socket or a device"):
        write(Path(device), {})
