"""The file of a batch's answers: its lines, and how it is gone on with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recognizer.bulk import answers_jsonl
from recognizer.errors import DamagedImage
from recognizer.predictions import ClassScore, Prediction

PATHS = ["cats/a.jpg", "b.jpg", "c.jpg"]
ANSWER = Prediction(500, 375, known=True, top=(ClassScore("cat", 0.9), ClassScore("dog", 0.1)), likeness=0.8, passes=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def write(path: Path, most: int = 99, model: str = "animals-2", digest: str = "sha256:0") -> int:
    """Goes on with the file, for so many pictures; returns how many it began with."""
    with answers_jsonl.opened(path, model, digest, PATHS) as answers:
        begun = answers.done
        for each in PATHS[begun:][:most]:
            answers.write(each, DamagedImage("It is broken.") if each == "b.jpg" else ANSWER)
        return begun


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_is_the_apis_answer_with_its_place_and_its_model(path: Path) -> None:
    write(path)

    first, second, third = rows(path)
    assert first == {"number": 1, "path": "cats/a.jpg", "filename": "a.jpg", **ANSWER.to_dict(), **model()}
    told = {
        "code": "invalid_image",
        "title": "The picture cannot be read",
        "detail": "It is broken.",
        "reason": "damaged",
    }
    assert second == {"number": 2, "path": "b.jpg", "filename": "b.jpg", "error": told, **model()}
    assert third["number"] == 3
    assert Prediction.from_dict(first) == ANSWER


def model(digest: str = "sha256:0") -> dict[str, str]:
    return {"model": "animals-2", "digest": digest}


def test_it_is_gone_on_with_where_it_ends(path: Path) -> None:
    whole = path.with_name("whole.jsonl")
    write(whole)

    assert [write(path, most=2), write(path), write(path)] == [0, 2, 3]
    assert path.read_bytes() == whole.read_bytes()


def test_errors_are_counted_again(path: Path) -> None:
    write(path)

    with answers_jsonl.opened(path, "animals-2", "sha256:0", PATHS) as answers:
        assert (answers.done, answers.errors) == (3, 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-9],
        lambda data: data + b'{"number": 4',
        lambda data: data + data.splitlines()[0] + b"\n",
        lambda data: data + bytes(500),
        lambda data: data.replace(b'"number": 2', b'"number": 7'),
        lambda data: data.replace(b"b.jpg", b"x.jpg"),
        lambda data: b"[]\n" + data,
        lambda data: b"[" * 100_000 + b"\n" + data,
    ],
    ids=["half a line", "begun", "too many", "a hole", "another number", "another picture", "no object", "too deep"],
)
def test_what_does_not_belong_there_is_dropped_and_answered_again(path: Path, damage: Any) -> None:
    write(path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))

    write(path)

    assert path.read_bytes() == whole


def test_models_are_not_mixed(path: Path) -> None:
    write(path, most=2)

    assert write(path, digest="sha256:1") == 0
    assert {row["digest"] for row in rows(path)} == {"sha256:1"}
