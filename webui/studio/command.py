"""The command that trains: `python -m training fit` on the pictures of a project, laid out in class folders."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun, Kind
from webui.jobs.models import Job, Reason
from webui.studio import store
from webui.studio.models import Picture, Run

KIND = "training"
LEAST_OTHER = 10
"""Pictures of other things; with fewer, the model learns "none of these" without them."""
_PICTURES, _CLASSES, _OTHER = "pictures", "classes", "other"
"""The folders that a training reads, in the job's own."""

_START_S, _PICTURE_S = 3600.0, 60.0


def command(job: Job, folder: Path) -> list[str]:
    """What follows `python -m` to train a run's model.

    The report shows no photographs: models and their reports are for more people than a project is.

    Raises:
        CannotRun: a picture is gone.
        OSError: the pictures cannot be laid out.
    """
    run = Run.objects.select_related("project").get(job=job)
    pictures = folder / _PICTURES
    if not pictures.exists():  # Else an earlier attempt has done it, with the pictures that there were then.
        _lay_out(run, pictures)
    others = pictures / _OTHER
    enough = others.exists() and sum(1 for _ in others.iterdir()) >= LEAST_OTHER
    out = settings.ENVIRONMENT.models / f"{run.model}.h5"
    return [
        *("training", "fit", "--data", str(pictures / _CLASSES), "--recipe", run.recipe, "--out", str(out)),
        *(("--unknown", str(others)) if enough else ()),
        *("--events", str(folder / EVENTS), "--resume", "--no-photographs"),
    ]


def _lay_out(run: Run, folder: Path) -> None:
    """Puts the project's pictures into class folders, all of them or none."""
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    found = Picture.objects.filter(project=run.project).select_related("picture_class").order_by("id")
    for picture in found.iterator():
        label = picture.picture_class
        target = draft / (_OTHER if label.is_other else Path(_CLASSES, label.name))
        target.mkdir(parents=True, exist_ok=True)
        try:
            store.place(run.project_id, picture.digest, target / f"{picture.pk:08}")
        except FileNotFoundError as err:
            raise CannotRun(Reason.GONE) from err
    draft.rename(folder)


def _seconds(job: Job) -> float:
    """How long a training may take: long enough for a thorough one on slow machines, and not for ever."""
    return _START_S + _PICTURE_S * Run.objects.get(job=job).pictures


HOW = Kind(command, most_attempts=10, goes_on=True, seconds=_seconds, leftovers=(_PICTURES,))
