"""The command that makes a dream: `python -m training dream`, at the size and with the threads that a job may have."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from webui.dreams.models import Dream
from webui.history import pictures
from webui.inference import served_model
from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun
from webui.jobs.models import Job, Reason

KIND = "dream"
STEPS = 12
"""In each octave."""


def command(job: Job, folder: Path) -> list[str]:
    """What follows `python -m` to make a dream.

    Raises:
        CannotRun: the picture or the model is gone.
    """
    dream = Dream.objects.get(job=job)
    picture = pictures.path_of(dream.answer_id)
    if not picture.is_file():
        raise CannotRun(Reason.GONE)
    what = ["--class", dream.label] if dream.label else ["--layer", dream.stage]
    numbers = {"strength": dream.strength, "octaves": dream.octaves, "steps": STEPS, "side": pictures.MAX_SIDE}
    return [
        *("training", "dream", str(picture)),
        *("--out", str(folder), "--events", str(folder / EVENTS), "--model", str(_model(dream.model))),
        *(f"{what[0]}={what[1]}",),
        *(f"--{name}={number}" for name, number in numbers.items()),
        f"--threads={settings.ENVIRONMENT.job_threads}",
    ]


def _model(stem: str) -> Path:
    """The model file that was asked, which need not be the one that is served by now."""
    found = served_model.file_of(stem)
    if found is None:
        raise CannotRun(Reason.MODEL)
    return found
