"""The command that makes a dream: `python -m training dream`, at the size and with the threads that a job may have."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings

from webui.config import shared_storage
from webui.dreams.models import Dream
from webui.history import pictures
from webui.inference import served_model
from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun
from webui.jobs.models import Job, Reason

KIND = "dream"
_PICTURE = "picture.jpg"
STEPS = 12
"""In each octave."""


def command(job: Job, folder: Path) -> list[str]:
    """What follows `python -m` to make a dream.

    Raises:
        CannotRun: the picture or the model is gone.
    """
    dream = Dream.objects.get(job=job)
    picture = _picture(dream.answer_id, folder)
    what = ["--class", dream.label] if dream.label else ["--layer", dream.stage]
    numbers = {"strength": dream.strength, "octaves": dream.octaves, "steps": STEPS, "side": pictures.MAX_SIDE}
    return [
        *("training", "dream", str(picture)),
        *("--out", str(folder), "--events", str(folder / EVENTS), "--model", str(_model(dream.model))),
        *(f"{what[0]}={what[1]}",),
        *(f"--{name}={number}" for name, number in numbers.items()),
        f"--threads={settings.ENVIRONMENT.job_threads}",
    ]


def _picture(answer_id: uuid.UUID, folder: Path) -> Path:
    """The file of the picture; what a storage has is copied into the job's folder."""
    path = pictures.path_of(answer_id)
    if shared_storage.current() is not None:
        path = folder / _PICTURE
        path.write_bytes(pictures.read(answer_id) or b"")
    if not path.is_file() or not path.stat().st_size:
        raise CannotRun(Reason.GONE)
    return path


def _model(stem: str) -> Path:
    """The model file that was asked, which need not be the one that is served by now."""
    found = served_model.file_of(stem)
    if found is None:
        raise CannotRun(Reason.MODEL)
    return found
