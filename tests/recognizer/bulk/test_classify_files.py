"""Many files, answered in order by several threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer import Recognizer, machine
from recognizer.bulk.classify_files import Answer, classify_files
from recognizer.engines import Outputs
from recognizer.errors import ImageError
from recognizer.predictions import Prediction
from recognizer.preprocessing import Pixels
from tests.recognizer.fakes import BLUE, GREEN, RED, make_recognizer, plain

COLOURS = {"cat": RED, "chicken": GREEN, "dog": BLUE}


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 2)


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Sixty pictures, cat, chicken and dog in turn."""
    for number in range(60):
        (tmp_path / f"{number:02}.png").write_bytes(plain(list(COLOURS.values())[number % 3]))
    return [str(path) for path in sorted(tmp_path.iterdir())]


def labels(answers: Iterator[tuple[str, Answer]]) -> list[str | None]:
    return [answer.label if isinstance(answer, Prediction) else answer.code for _, answer in answers]


def test_answers_come_in_the_order_of_the_paths(paths: list[str]) -> None:
    answers = list(classify_files(make_recognizer(), paths))

    assert [path for path, _ in answers] == paths
    assert labels(iter(answers)) == list(COLOURS) * 20


def test_a_picture_that_takes_long_does_not_hold_up_the_next_ones(paths: list[str]) -> None:
    others_are_done = threading.Semaphore(0)

    class SlowAtFirst(Recognizer):
        def classify(self, data: bytes) -> Prediction:
            if data == first:
                for _ in range(20):
                    others_are_done.acquire(timeout=10)
                return super().classify(data)
            others_are_done.release()
            return super().classify(data)

    first = Path(paths[0]).read_bytes() + b"slow"
    Path(paths[0]).write_bytes(first)
    fake = make_recognizer()

    assert labels(classify_files(SlowAtFirst(fake.artifact, fake.engine), paths)) == list(COLOURS) * 20


def test_only_a_few_pictures_are_ahead_of_the_next_answer(paths: list[str]) -> None:
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for path in paths * 10:
            taken += 1
            yield path

    answers = classify_files(make_recognizer(), counted())
    next(answers)

    assert taken <= 32
    answers.close()


def test_when_it_is_stopped_the_rest_is_left_alone(paths: list[str]) -> None:
    recognizer = make_recognizer()
    answers = classify_files(recognizer, paths)
    next(answers)

    answers.close()

    assert len(recognizer.engine.batches) <= 32  # type: ignore[attr-defined]
    assert list(answers) == []


def test_a_bad_picture_has_its_error_and_the_others_are_answered(paths: list[str]) -> None:
    Path(paths[1]).write_bytes(b"no picture")
    Path(paths[2]).unlink()

    assert labels(classify_files(make_recognizer(), paths[:4])) == ["cat", "invalid_image", "unreadable_file", "cat"]


def test_an_error_does_not_hold_on_to_the_file(paths: list[str]) -> None:
    Path(paths[0]).write_bytes(b"no picture")

    [(_, error)] = classify_files(make_recognizer(), paths[:1])

    assert isinstance(error, ImageError)
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


def test_a_fault_that_is_not_the_pictures_ends_everything(paths: list[str]) -> None:
    class Broken:
        name = "broken"

        def run(self, pixels: Pixels) -> Outputs:
            raise RuntimeError("the engine broke")

    recognizer = Recognizer(make_recognizer().artifact, Broken())

    with pytest.raises(RuntimeError, match="the engine broke"):
        list(classify_files(recognizer, paths))


def test_no_paths_are_no_answers() -> None:
    assert list(classify_files(make_recognizer(), [])) == []
