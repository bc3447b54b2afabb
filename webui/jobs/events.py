"""Reads the events that a job's command writes: how far it is, and what it has made so far.

    {"event": "step", "done": 12, "steps": 36, "share": 0.15, "seconds": 4.1, "errors": 1, ...}
    {"event": "picture", "done": 12, "file": "step-012.jpg", ...}
    {"event": "failed", "code": "invalid_dream", ...}

The file may end in the middle of a line; what is no event is passed over, so that a newer command can say more.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from webui.jobs import folder

_MOST_BYTES = 2**20
_MOST_PICTURES = 100
_MOST_LETTERS = 1000
_PICTURE = re.compile(r"[a-z0-9-]{1,40}\.jpg")


@dataclass
class Progress:
    """How far a job is, as its command tells."""

    done: int = 0
    steps: int = 0
    """0: it has not begun."""
    errors: int = 0
    """Of the steps that are done, those that came to nothing, where the job goes on all the same."""
    octave: int = 0
    octaves: int = 0
    share: float = 0.0
    """Of the work that is done, 0 to 1; of a job that goes on where it was, of what this attempt has to do."""
    seconds: float = 0.0
    pictures: dict[int, str] = field(default_factory=dict)
    """After how many steps, and the file's name."""
    result: str = ""
    """The file that came of it; empty until then."""
    code: str = ""
    """Of the error that ended it."""
    message: str = ""
    """Of the same error, in English, for somebody who can look it up."""

    @property
    def seconds_left(self) -> float | None:
        """As long as it will take if it goes on like this; None before there is anything to go by."""
        return self.seconds * (1 - self.share) / self.share if 0 < self.share <= 1 else None


def read(job_id: uuid.UUID) -> Progress:
    """What a job's command has told so far."""
    progress = Progress()
    take_each(job_id, lambda event: _take(progress, event))
    return progress


def take_each(job_id: uuid.UUID, take: Callable[[dict[str, Any]], None], *, most_bytes: int = _MOST_BYTES) -> None:
    """Hands on what a job's command has told, event by event.

    Args:
        job_id: of the job.
        take: an event that it cannot take, for something in it is missing or is no number, is passed over.
        most_bytes: of the file that are read.
    """
    for line in (folder.read(job_id, folder.EVENTS, most_bytes) or b"").split(b"\n")[:-1]:
        with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            take(json.loads(line, parse_float=_finite, parse_constant=_finite))


def _finite(text: str) -> float:
    """A number of an event; JSON as Python reads it has NaN and 1e999, too."""
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _take(progress: Progress, event: dict[str, Any]) -> None:
    match event.get("event"):
        case "started":
            progress.steps, progress.done = int(event["steps"]), int(event.get("done", 0))
        case "step":
            progress.share, progress.seconds = float(event["share"]), float(event["seconds"])
            progress.done, progress.steps = int(event["done"]), int(event["steps"])
            progress.octave, progress.octaves = int(event.get("octave", 0)), int(event.get("octaves", 0))
            progress.errors = int(event.get("errors", 0))
        case "picture" if len(progress.pictures) < _MOST_PICTURES and _PICTURE.fullmatch(event["file"]):
            progress.pictures[int(event["done"])] = event["file"]
        case "done" if _PICTURE.fullmatch(event["file"]):
            progress.result = event["file"]
        case "failed":
            progress.code = str(event["code"])
            progress.message = str(event.get("message", ""))[:_MOST_LETTERS]
