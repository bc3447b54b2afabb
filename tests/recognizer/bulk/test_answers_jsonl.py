"""The file of a batch's answers: its lines, and how it is gone on with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recognizer.bulk import answers_jsonl
from recognizer.bulk.answers_jsonl import NotOurJsonl
from recognizer.errors import DamagedImage
from recognizer.predictions import ClassScore, Prediction

PATHS = ["cats/a.jpg", "b.jpg", "c.jpg"]
ANSWER = Prediction(500, 375, known=True, top=(ClassScore("cat", 0.9), ClassScore("dog", 0.1)), likeness=0.8, passes=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def write(path: Path, most: int = 99, digest: str = "sha256:0", **how: bool) -> int:
    """Goes on with the file, for so many pictures; returns how many it began with."""
    with answers_jsonl.opened(path, "animals-2", digest, PATHS, **how) as answers:
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
        lambda data: data[: data.index(b"\n") + 1] + b"[]\n" + data,
        lambda data: data[: data.index(b"\n") + 1] + b"[" * 100_000 + b"\n" + data,
        lambda data: data[:30],
        lambda data: data[:3],
        lambda data: b"",
    ],
    ids=[
        *("half a line", "begun", "too many", "a hole", "another number", "another picture", "no object", "too deep"),
        *("half of the first line", "three bytes", "empty"),
    ],
)
def test_what_does_not_belong_there_is_dropped_and_answered_again(path: Path, damage: Any) -> None:
    write(path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))

    write(path)

    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04" + bytes(200), b"\x89HDF\r\n\x1a\n" + bytes(200), b"my notes\n", b"[]\n", b"{}\n", b"7", b'{"a": 1}'],
    ids=["zip", "model", "text", "list", "object", "no line end", "object without line end"],
)
def test_a_file_of_another_program_is_refused_and_stays_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(NotOurJsonl, match=r"not written by this command\. Choose another file\.$"):
        write(path)

    assert path.read_bytes() == content


def test_answers_of_another_model_are_refused_and_stay_as_they_are(path: Path) -> None:
    write(path, most=2)
    before = path.read_bytes()

    with pytest.raises(NotOurJsonl, match="another model"):
        write(path, digest="sha256:1")

    assert path.read_bytes() == before


def test_answers_to_another_zip_file_are_refused(path: Path) -> None:
    write(path)
    path.write_bytes(path.read_bytes().replace(b"cats/a.jpg", b"other.jpg"))

    with pytest.raises(NotOurJsonl, match="another zip file"):
        write(path)


@pytest.mark.parametrize("looks_again", [True, False])
def test_answers_of_one_look_and_of_two_are_not_mixed(path: Path, looks_again: bool) -> None:
    write(path, most=2, second_look=looks_again)
    assert write(path, most=0, second_look=looks_again) == 2

    with pytest.raises(NotOurJsonl, match="number of looks"):
        write(path, second_look=not looks_again)


def test_rows_of_two_looks_are_as_they_were_before_looks_were_told_apart(path: Path) -> None:
    write(path)

    assert all("second_look" not in row for row in rows(path))


def test_a_file_is_begun_again_when_that_is_asked_for(path: Path) -> None:
    path.write_bytes(b"my notes\n")

    assert write(path, overwrite=True) == 0
    assert len(rows(path)) == 3


def test_a_device_is_refused() -> None:
    with pytest.raises(OSError, match="no plain file"):
        write(Path("/dev/null"))
