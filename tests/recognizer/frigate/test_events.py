"""Frigate's MQTT messages: what is an event, of old and new versions, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recognizer.frigate.events import Event, read


def message(kind: str = "update", **after: Any) -> bytes:
    usual = {
        "id": "1607123955.475377-mxklsc",
        "camera": "garden",
        "label": "cat",
        "top_score": 0.95,
        "false_positive": False,
        "snapshot": {"frame_time": 1607123961.8, "box": [424, 500, 536, 712], "score": 0.8, "attributes": []},
        "sub_label": None,
    }
    return json.dumps({"type": kind, "before": usual, "after": usual | after}).encode()


EVENT = Event("1607123955.475377-mxklsc", "garden", "cat", 1607123961.8, ended=False)


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (message(), EVENT),
        (message("end"), Event(EVENT.id, "garden", "cat", EVENT.snapshot_time, ended=True)),
        (message("new", snapshot=None), Event(EVENT.id, "garden", "cat", 0.0, ended=False)),
        (message(snapshot=None, snapshot_time=5.5), Event(EVENT.id, "garden", "cat", 5.5, ended=False)),
    ],
)
def test_an_event_is_read(payload: bytes, event: Event) -> None:
    assert read(payload) == event


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"online",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type": "update", "after": null}',
        message("gone"),
        message(id="../../api/restart"),
        message(id="1?x=1"),
        message(id="1\n"),
        message(id=7),
        message(camera=None),
        message(label="x" * 1000),
        message(snapshot={"frame_time": "soon"}),
        message(false_positive=True),
        message(padding="x" * 2**20),
    ],
    ids=range(17),
)
def test_what_is_none_is_passed_over(payload: bytes) -> None:
    assert read(payload) is None
