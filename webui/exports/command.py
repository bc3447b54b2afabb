"""The command that exports a model: `python -m training export`, into the job's folder."""

from __future__ import annotations

from pathlib import Path

from recognizer.model_file import artifact
from webui.exports.models import FOLDER, Export
from webui.inference import served_model
from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun
from webui.jobs.models import Job, Reason

KIND = "export"


def command(job: Job, folder: Path) -> list[str]:
    """What follows `python -m` to export a model.

    Raises:
        CannotRun: the model file is gone, or another one by now.
    """
    export = Export.objects.get(job=job)
    path = served_model.file_of(export.model)
    if path is None:
        raise CannotRun(Reason.GONE)
    if artifact.digest(path) != export.digest:
        raise CannotRun(Reason.MODEL_CHANGED)
    return [
        *("training", "export", str(path), "--to", export.target),
        *("--out", str(folder / FOLDER), "--events", str(folder / EVENTS)),
    ]
