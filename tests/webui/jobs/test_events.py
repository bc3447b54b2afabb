"""Events are read leniently: half a line, an unknown one, or nonsense is passed over."""

from __future__ import annotations

import uuid

import pytest

from webui.jobs import events, folder


@pytest.fixture
def job_id() -> uuid.UUID:
    return uuid.uuid4()


def write(job_id: uuid.UUID, text: str) -> None:
    (folder.make(job_id) / folder.EVENTS).write_text(text)


def test_they_say_how_far_it_is_what_there_is_and_how_long_it_will_take(job_id: uuid.UUID) -> None:
    write(
        job_id,
        '{"event": "started", "steps": 36}\n'
        '{"event": "picture", "done": 3, "file": "step-003.jpg", "width": 9, "height": 9}\n'
        '{"event": "step", "done": 3, "steps": 36, "octave": 1, "octaves": 3, "share": 0.25, "seconds": 4}\n'
        '{"event": "done", "file": "dream.jpg", "width": 9, "height": 9, "seconds": 9}\n',
    )

    found = events.read(job_id)

    assert (found.done, found.steps, found.octave, found.octaves) == (3, 36, 1, 3)
    assert found.pictures == {3: "step-003.jpg"}
    assert found.result == "dream.jpg"
    assert found.seconds_left == pytest.approx(12)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "9" * 400])
@pytest.mark.parametrize("name", ["share", "seconds"])
def test_what_has_a_number_that_is_none_is_passed_over(job_id: uuid.UUID, name: str, number: str) -> None:
    fields = {"done": "3", "steps": "36", "share": "0.25", "seconds": "4", name: number}
    write(job_id, '{"event": "step", ' + ", ".join(f'"{key}": {value}' for key, value in fields.items()) + "}\n")

    assert events.read(job_id) == events.Progress()


def test_without_any_nothing_has_begun(job_id: uuid.UUID) -> None:
    assert events.read(job_id) == events.Progress()
    assert events.read(job_id).seconds_left is None


def test_nonsense_is_passed_over(job_id: uuid.UUID) -> None:
    nonsense = (
        "",
        "no json",
        "[]",
        "3",
        "[" * 3000,
        '{"event": "picture", "done": 1, "file": "../../secret-key"}',
        '{"event": "picture", "done": 1, "file": 7}',
        '{"event": "done", "file": "/etc/passwd"}',
        '{"event": "step", "done": "x"}',
        '{"event": "later"}',
        '{"event": "failed"}',
    )
    write(job_id, "\n".join((*nonsense, '{"event": "started", "steps": 4}', '{"event": "failed", "code": "half')))

    assert events.read(job_id) == events.Progress(steps=4)


def test_a_file_that_is_far_too_large_is_not_read(job_id: uuid.UUID) -> None:
    write(job_id, '{"event": "started", "steps": 4}\n' * 40_000)

    assert events.read(job_id) == events.Progress()
