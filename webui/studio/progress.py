"""How far a training is, from the events of `training fit --events`; see recognizer/commands/events.py.

events -> stages, in the order that a training has them -> share of the whole, seconds left, curves, result
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from webui.jobs import events, folder
from webui.studio import findings
from webui.studio.findings import Failure

_MOST_BYTES = 8 * 2**20
_MOST_EPOCHS, _MOST_WRONG = 1000, 24
FINE_TUNING = "Training "
"""What the stages begin with in which the network itself is trained."""


@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch of fine-tuning."""

    number: int
    of: int
    accuracy: float
    """Of the pictures held back, 0 to 1."""


@dataclass(frozen=True)
class StillWrong:
    """What the network names wrongly so far, of the pictures held back."""

    count: int
    of: int
    pictures: tuple[Failure, ...]
    """Some of them, those first where it is surest."""


@dataclass
class Progress:
    """What a training has told so far."""

    stage: str = ""
    """What it is at, in the words of its command line."""
    done: int = 0
    total: int = 0
    """Of the stage; 0 or 1: it cannot say how far it is."""
    seconds: float = 0.0
    """Since it began, or went on."""
    training: int = 0
    """Pictures that are trained on."""
    held_back: int = 0
    left_out: int = 0
    """Pictures that could not be used."""
    epochs: list[Epoch] = field(default_factory=list)
    still_wrong: StillWrong | None = None
    """None before it has learned anything."""
    seconds_left: float | None = None
    """As the training itself estimates it, when it last did."""
    right: int | None = None
    """Of the pictures held back, how many the model answers rightly; None until it has ended."""
    message: str = ""
    """What went wrong, in English, for somebody who can look it up."""

    @property
    def share(self) -> float:
        """Of the stage that is done, 0 to 1."""
        return self.done / self.total if self.total > 1 else 0.0

    @property
    def is_fine_tuning(self) -> bool:
        """Whether the network itself is trained now, epoch by epoch."""
        return self.stage.startswith(FINE_TUNING)

    @property
    def percent(self) -> int:
        """The same in percent."""
        return int(100 * self.share)


def read(job_id: uuid.UUID) -> Progress:
    """What a training has told so far; what is no event is passed over."""
    progress = Progress()
    events.take_each(job_id, lambda event: _take(progress, event, job_id), most_bytes=_MOST_BYTES)
    return progress


def _take(progress: Progress, event: dict[str, Any], job_id: uuid.UUID) -> None:
    progress.seconds = float(event.get("seconds", progress.seconds))
    match event.get("event"):
        case "progress":
            progress.stage = str(event["stage"])[:100]
            progress.done, progress.total = int(event["done"]), int(event["total"])
        case "pictures":
            progress.training, progress.held_back = int(event["training"]), int(event["held_back"])
            progress.left_out = int(event["left_out"])
        case "epoch" if len(progress.epochs) < _MOST_EPOCHS:
            number, of, accuracy = int(event["epoch"]), int(event["epochs"]), float(event["val_accuracy"])
            progress.epochs.append(Epoch(number, of, accuracy))
        case "wrong":
            pictures = tuple(findings.failure(each) for each in event["pictures"][:_MOST_WRONG])
            progress.still_wrong = StillWrong(int(event["wrong"]), int(event["of"]), pictures)
        case "estimate":
            progress.seconds_left = progress.seconds + float(event["seconds_left"])
        case "done":
            progress.right, progress.held_back = int(event["right"]), int(event["of"])
        case "failed" | "stopped":
            progress.message = _without_places(str(event["message"])[:1000], job_id)


def _without_places(message: str, job_id: uuid.UUID) -> str:
    """A message without the server's folders, which are nobody's business but its operator's."""
    for place in (folder.path_of(job_id), settings.ENVIRONMENT.models):
        message = message.replace(f"{place}/", "")
    return message
