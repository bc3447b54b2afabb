"""What comes of a training: the figures that are kept of it, how long it still takes, and whether it can go on."""

from __future__ import annotations

from contextlib import suppress

from django.utils import timezone

from recognizer.errors import MenagerieError
from recognizer.model_file import artifact
from webui.jobs.models import Reason, State
from webui.studio import command, record, training
from webui.studio.findings import Findings
from webui.studio.models import Recipe, Run
from webui.studio.progress import Progress

_CAN_GO_ON = frozenset({Reason.STORAGE, Reason.DIED, Reason.FAULT, Reason.TIME, Reason.MEMORY})
"""Why a training may have been cut off through no fault of its pictures."""


def take_up(found: Run, told: Progress) -> Findings | None:
    """Keeps the figures of a training that has ended; returns those of its pictures, where it has any."""
    findings = record.take_up(found)
    if findings is None:
        _take_up_counts(found, told)
    return findings


def _take_up_counts(found: Run, told: Progress) -> None:
    if found.right is not None or found.job.state != State.DONE:
        return
    right = (told.right, told.held_back) if told.right is not None else _said_by_the_model(found)
    if right is not None:
        found.right, found.held_back = right
        found.save(update_fields=["right", "held_back"])


def _said_by_the_model(found: Run) -> tuple[int, int] | None:
    """How many of the pictures held back it answers rightly, by its file: of a training that could not say so."""
    with suppress(OSError, MenagerieError):
        results = artifact.read(command.model_file(found)).metadata.measured
        if (validation := results.validation) is not None:
            return round(validation.accuracy * validation.n), validation.n
    return None


def seconds_left(found: Run, told: Progress) -> float | None:
    """By the training's own estimate, or else by the one from before it began; None once that is over."""
    if found.job.state != State.RUNNING or found.job.started is None:
        return None
    passed = (timezone.now() - found.job.started).total_seconds()
    whole = told.seconds_left or training.estimate_s(Recipe(found.recipe), found.pictures) - found.job.worked_s
    return whole - passed if passed < whole else None


def can_go_on(found: Run) -> bool:
    """Whether a training was paused, or cut off before its pictures changed, and can be taken up where it was."""
    if found.job.state == State.PAUSED:
        return True
    cut_off = found.job.state == State.FAILED and found.job.reason in _CAN_GO_ON
    return cut_off and not training.changed_since(found)
