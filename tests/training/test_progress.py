"""What a person sees of a training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recognizer.commands.events import Events
from training import progress
from training.progress import EpochBar


def test_an_epoch_is_a_line_with_its_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = {
        "loss": 0.51234, "accuracy": 0.9, "val_loss": 0.4, "val_accuracy": 0.95,
        "rate": 0.001, "seconds": 61.2, "waiting": 0.034,
    }  # fmt: skip

    with EpochBar("Training conv5 and up", epochs=3, steps=10) as bar:
        bar.step(0.5)
        bar.epoch(2, metrics)

    assert (
        "  epoch 2 of 3: loss 0.5123, accuracy 0.9000, val_loss 0.4000, val_accuracy 0.9500, rate 0.001, 61 s,"
        " 3% of it waiting for pictures" in capsys.readouterr().err
    )


def test_steps_of_an_earlier_session_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with EpochBar("Training", epochs=2, steps=10, done=12) as bar:
        bar.step(0.5)

    assert "13/20" in capsys.readouterr().err


def test_who_listens_is_told_of_the_beginning_and_the_end_of_each_stage(tmp_path: Path) -> None:
    events = Events(tmp_path / "events.jsonl")

    with progress.telling(events):
        assert list(progress.track("abc", "Reading", total=3)) == ["a", "b", "c"]
        assert list(progress.track("", "Drawing", total=0)) == []
        progress.stage("Compiling")
    progress.stage("Nobody listens")
    events.close()

    told = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [(event["stage"], event["done"], event["total"]) for event in told] == [
        ("Reading", 0, 3),
        ("Reading", 3, 3),
        ("Drawing", 0, 0),
        ("Compiling", 0, 1),
    ]
