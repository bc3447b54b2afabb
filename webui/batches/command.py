"""The command that answers a batch: `python -m recognizer batch`, which goes on where an earlier attempt was ended."""

from __future__ import annotations

from pathlib import Path

from webui.batches.models import Batch
from webui.inference import served_model
from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun, Kind
from webui.jobs.models import Job, Reason

KIND = "batch"
UPLOAD, ROWS = "pictures.zip", "results.jsonl"
"""Names of files in the job's folder: what was sent, and the answers."""

# No picture may take longer to decode than 3 s, and some wait while others are decoded.
_START_S, _PICTURE_S = 600.0, 10.0


def command(job: Job, folder: Path) -> list[str]:
    """What follows `python -m` to answer a batch.

    Raises:
        CannotRun: the pictures or the model are gone.
    """
    batch = Batch.objects.get(job=job)
    model = served_model.file_of(batch.model)
    if not (folder / UPLOAD).is_file():
        raise CannotRun(Reason.GONE)
    if model is None:
        raise CannotRun(Reason.MODEL_CHANGED)
    return [
        *("recognizer", "batch", str(folder / UPLOAD), "--out", str(folder / ROWS), "--events", str(folder / EVENTS)),
        *("--model", str(model), "--digest", batch.digest, "--precision", batch.precision),
        *(() if batch.second_look else ("--no-second-look",)),
    ]


def _seconds(job: Job) -> float:
    return _START_S + _PICTURE_S * Batch.objects.get(job=job).total


HOW = Kind(command, most_attempts=5, goes_on=True, seconds=_seconds, uses_all_cores=True, leftovers=(UPLOAD,))
