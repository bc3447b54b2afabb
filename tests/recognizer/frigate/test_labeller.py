"""Which objects get a sub-label, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recognizer.bulk.classify_files import Answer
from recognizer.errors import NotAnImage, OperatorError
from recognizer.frigate import labeller as module
from recognizer.frigate.events import Event
from recognizer.frigate.labeller import Labeller
from recognizer.predictions import ClassScore, Prediction


class FakeFrigate:
    """Has a snapshot of every object, and remembers what it was told."""

    def __init__(self) -> None:
        self.snapshots: dict[str, bytes] = {}
        self.labels: list[tuple[str, str, float]] = []

    def snapshot(self, event_id: str) -> bytes | None:
        return self.snapshots.get(event_id)

    def set_sub_label(self, event_id: str, label: str, score: float) -> None:
        self.labels.append((event_id, label, score))


class Scene:
    """A labeller with what is around it: `answers` come in their order."""

    def __init__(self, *answers: Any, **options: Any) -> None:
        self.frigate = FakeFrigate()
        self.frigate.snapshots = {"a": b"jpeg", "b": b"jpeg"}
        self.answers = list(answers)
        self.lines: list[str] = []
        self.labeller = Labeller(self.frigate, self.answer, self.lines.append, **options)  # type: ignore[arg-type]

    def answer(self, data: bytes) -> Answer:
        answer: Answer | OperatorError = self.answers.pop(0)
        if isinstance(answer, OperatorError):
            raise answer
        return answer

    def see(self, *events: Event) -> list[tuple[str, str, float]]:
        for event in events:
            self.labeller.take(event)
        return self.frigate.labels


def is_(label: str, score: float, *, known: bool = True) -> Prediction:
    return Prediction(10, 10, known=known, top=(ClassScore(label, score), ClassScore("other", 1 - score)))


FIRST = Event("a", "garden", "cat", 1.0, ended=False)
LATER = replace(FIRST, snapshot_time=2.0)
LAST = replace(LATER, ended=True)


def test_an_object_gets_the_name_of_what_it_is() -> None:
    scene = Scene(is_("Mimi", 0.97))

    assert scene.see(FIRST) == [("a", "Mimi", 0.97)]
    assert scene.lines == ["garden: cat a: Mimi 0.97"]


def test_a_snapshot_is_looked_at_once() -> None:
    scene = Scene(is_("Mimi", 0.97), is_("Mimi", 0.99))

    assert scene.see(FIRST, FIRST, replace(FIRST, ended=True)) == [("a", "Mimi", 0.97)]


def test_a_surer_answer_replaces_the_name_and_an_unsurer_one_does_not() -> None:
    scene = Scene(is_("Mimi", 0.6), is_("Tom", 0.9), is_("Mimi", 0.7))

    assert scene.see(FIRST, LATER, replace(LATER, snapshot_time=3.0)) == [("a", "Mimi", 0.6), ("a", "Tom", 0.9)]


def test_none_of_these_gets_no_name() -> None:
    scene = Scene(is_("Mimi", 0.9, known=False))

    assert scene.see(LAST) == []
    assert scene.lines == ["garden: cat a: none of these (most like Mimi)"]


def test_an_unsure_answer_gets_none_where_that_is_wanted() -> None:
    scene = Scene(is_("Mimi", 0.55), least_score=0.8)

    assert scene.see(LAST) == []
    assert scene.lines == ["garden: cat a: Mimi 0.55, too unsure"]


def test_only_wanted_kinds_are_looked_at() -> None:
    scene = Scene(kinds=frozenset({"dog"}))

    assert scene.see(FIRST, LAST) == []
    assert scene.lines == []


def test_a_missing_snapshot_is_waited_for_and_said_at_the_end() -> None:
    scene = Scene(is_("Mimi", 0.9))
    scene.frigate.snapshots = {}

    assert scene.see(FIRST, LAST) == []
    assert scene.lines == ["garden: cat a: no snapshot. Are snapshots enabled for this camera?"]


def test_a_broken_snapshot_is_said() -> None:
    scene = Scene(NotAnImage("This is no picture."))

    assert scene.see(LAST) == []
    assert "This is no picture." in scene.lines[0]


def test_where_it_failed_the_next_event_tries_the_same_snapshot_again() -> None:
    scene = Scene(OperatorError("No server."), is_("Mimi", 0.9))

    with pytest.raises(OperatorError):
        scene.see(FIRST)

    assert scene.see(replace(FIRST, ended=True)) == [("a", "Mimi", 0.9)]


def test_it_remembers_no_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_OBJECTS", 3)
    scene = Scene(*[is_("Mimi", 0.9)] * 10)

    for name in "abcdef":
        scene.frigate.snapshots[name] = b"jpeg"
        scene.see(replace(FIRST, id=name))

    assert list(scene.labeller._objects) == ["d", "e", "f"]
    scene.see(*(replace(LAST, id=name) for name in "def"))
    assert not scene.labeller._objects
