"""The command that trains: `python -m training fit` on the pictures of a project, laid out in class folders."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun, DoneBefore, Kind
from webui.jobs.models import Job, Reason
from webui.studio import dataset, store
from webui.studio.models import Picture, Run

KIND = "training"
LEAST_OTHER = 10
"""Pictures of other things; with fewer, the model learns "none of these" without them."""
_PICTURES = "pictures"
"""The folder that a training reads, in the job's own."""
_UNFINISHED = ".training"
"""What `training fit` calls the folder beside a model that it is not done with."""

_START_S, _PICTURE_S = 3600.0, 60.0


def command(job: Job, folder: Path) -> list[str]:
    """What follows `python -m` to train a run's model.

    The report shows no photographs: models and their reports are for more people than a project is.

    Raises:
        CannotRun: a picture is gone.
        DoneBefore: the model is there already.
        OSError: the pictures cannot be laid out.
    """
    run, pictures = job.run, folder / _PICTURES
    out = model_file(run)
    if not pictures.exists():
        _lay_out(run, pictures)
    elif out.exists() and not _unfinished(run).exists():
        raise DoneBefore
    classes = pictures / dataset.CLASSES
    others = pictures / dataset.other_folder(path.name for path in classes.iterdir())
    enough = others.exists() and sum(1 for _ in others.iterdir()) >= LEAST_OTHER
    return [
        *("training", "fit", "--data", str(classes), "--recipe", run.recipe, "--out", str(out)),
        *(("--unknown", str(others)) if enough else ()),
        *("--events", str(folder / EVENTS), "--resume", "--no-photographs"),
    ]


def model_file(run: Run) -> Path:
    """Where the model is, or will be."""
    return Path(settings.ENVIRONMENT.models / f"{run.model}.h5")


def discard(run: Run) -> None:
    """Removes what a training that is not done has left beside its model."""
    shutil.rmtree(_unfinished(run), ignore_errors=True)


def _unfinished(run: Run) -> Path:
    return model_file(run).with_suffix(_UNFINISHED)


def _lay_out(run: Run, folder: Path) -> None:
    """Puts the project's pictures into class folders, all of them or none, and notes which they are."""
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    mine = Picture.objects.filter(project=run.project_id).labelled()
    found = list(mine.select_related("picture_class").order_by("id"))
    place = dataset.places(picture.picture_class for picture in found)
    for picture in found:
        target = draft / place(picture.picture_class)
        target.mkdir(parents=True, exist_ok=True)
        try:
            store.place(run.project_id, picture.digest, target / f"{picture.pk:08}")
        except FileNotFoundError as err:
            raise CannotRun(Reason.GONE) from err
    run.pictures = len(found)
    run.digest = dataset.digest_of((picture.picture_class.name, picture.digest) for picture in found)
    run.save(update_fields=["pictures", "digest"])
    draft.rename(folder)


def _seconds(job: Job) -> float:
    """How long a training may take: long enough for a thorough one on slow machines, and not for ever."""
    return _START_S + _PICTURE_S * Run.objects.get(job=job).pictures


def _discard(job: Job) -> None:
    discard(job.run)  # As `command` has read it: its row is gone.


HOW = Kind(
    command,
    most_attempts=10,
    goes_on=True,
    seconds=_seconds,
    leftovers=(_PICTURES,),
    discard=_discard,
    is_kept=True,
)
