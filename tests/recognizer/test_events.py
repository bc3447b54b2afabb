"""The file of events: what is written, and what it does not write over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recognizer.commands.events import Events, told
from recognizer.errors import CallerError

NAME = "caf\udce9.jpg"
"""A file name of Latin-1, as Python reads it."""


def test_a_name_that_is_not_utf_8_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"

    with told(path) as events:
        events.write("picture", file=NAME)

    assert json.loads(path.read_bytes()) == {"event": "picture", "file": NAME}


def test_an_error_about_such_a_name_is_told_and_stays_the_same_error(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"

    with pytest.raises(CallerError, match="There is no"), told(path):
        raise CallerError(f"There is no {NAME}.")

    assert json.loads(path.read_bytes())["message"] == f"There is no {NAME}."


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"notes", b'{"number": 1, "path": "a"}\n'])
def test_a_file_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(CallerError, match="no file of events"):
        Events(path)

    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b'{"event": "started", "steps": 3}\n', b'{"ev'])
def test_a_file_of_events_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(content)

    with told(path) as events:
        events.write("started", steps=5)

    assert json.loads(path.read_bytes()) == {"event": "started", "steps": 5}
