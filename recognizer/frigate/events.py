"""Frigate's events, as its MQTT topic `frigate/events` has them: JSON, `{"type": "update", "after": {...}}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationError

_MOST_BYTES = 2**20
_ID = r"[\w.-]{1,100}"


@dataclass(frozen=True)
class Event:
    """What a camera sees of one object, at one moment."""

    id: str
    camera: str
    label: str
    """What Frigate takes it for, such as `cat`."""
    snapshot_time: float
    """Of the best picture of it so far, in seconds since 1970; 0 before there is one."""
    ended: bool
    """The object is gone; no more events will come."""


class _Snapshot(BaseModel):
    frame_time: float = 0.0


class _After(BaseModel):
    id: Annotated[str, StringConstraints(pattern=re.compile(rf"\A{_ID}\Z", re.ASCII))]
    camera: Annotated[str, Field(max_length=200)]
    label: Annotated[str, Field(max_length=200)]
    false_positive: bool | None = False
    snapshot: _Snapshot | None = None
    snapshot_time: float | None = None
    """As versions before 0.14 have it."""


class _Message(BaseModel):
    type: Literal["new", "update", "end"]
    after: _After


def read(payload: bytes) -> Event | None:
    """The event of a message; None of what is no event, or one that Frigate takes back."""
    if len(payload) > _MOST_BYTES:
        return None
    try:
        message = _Message.model_validate_json(payload)
    except ValidationError:
        return None
    after = message.after
    if after.false_positive:
        return None
    snapshot_time = after.snapshot.frame_time if after.snapshot else after.snapshot_time or 0.0
    return Event(after.id, after.camera, after.label, snapshot_time, ended=message.type == "end")
