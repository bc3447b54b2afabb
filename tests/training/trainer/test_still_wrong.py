"""What is told of the pictures held back while a network is trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer import architectures
from recognizer.commands.events import Events
from tests.training.conftest import make_recipe
from training import progress
from training.data.dataset import Dataset, LabelledImage
from training.data.split import Split
from training.job import Job
from training.trainer import still_wrong

CLASSES = ("cat", "dog", "horse")


def job_of(labels: list[int], folder: Path) -> Job:
    """A job that holds these pictures back, of the classes with these numbers."""
    pictures = tuple(
        LabelledImage(folder / CLASSES[label] / f"{number:02}.jpg", label, f"{number:064x}")
        for number, label in enumerate(labels)
    )
    data = Dataset(CLASSES, pictures, folders=(folder,))
    return Job(data, Split((), pictures), make_recipe("resnet50"), architectures.preprocessing_of("resnet50"))


def told(job: Job, logits: list[list[float]], folder: Path) -> dict[str, Any]:
    events = Events(folder / "events.jsonl")
    with progress.telling(events):
        still_wrong.tell(job, np.array(logits, np.float32))
    events.close()
    event: dict[str, Any] = json.loads((folder / "events.jsonl").read_text(encoding="utf-8"))
    return event


def test_what_is_named_wrongly_is_told_the_surest_first(tmp_path: Path) -> None:
    logits = [[2.0, 0, 0], [0.5, 0, 0], [0, 0, 3.0], [9.0, 0, 0]]

    event = told(job_of([0, 1, 1, 2], tmp_path), logits, tmp_path)

    assert (event["event"], event["wrong"], event["of"]) == ("wrong", 3, 4)
    assert [(each["file"], each["actual"], each["said"]) for each in event["pictures"]] == [
        ("horse/03.jpg", "horse", "cat"),
        ("dog/02.jpg", "dog", "horse"),
        ("dog/01.jpg", "dog", "cat"),
    ]
    assert event["pictures"][1]["score"] == pytest.approx(np.exp(3) / (np.exp(3) + 2), abs=1e-4)


def test_nothing_wrong_is_told_too(tmp_path: Path) -> None:
    event = told(job_of([0, 2], tmp_path), [[1.0, 0, 0], [0, 0, 1.0]], tmp_path)

    assert (event["wrong"], event["of"], event["pictures"]) == (0, 2, [])


def test_of_many_all_are_counted_and_some_are_named(tmp_path: Path) -> None:
    event = told(job_of([1] * 40, tmp_path), [[1.0, 0, 0]] * 40, tmp_path)

    assert (event["wrong"], len(event["pictures"])) == (40, 24)
