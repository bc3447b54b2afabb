"""The command that trains: `python -m training fit` on the pictures of a project, laid out in class folders."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun, DoneBefore, Kind
from webui.jobs.models import Job, Reason
from webui.studio import dataset, groups, record, rivals, store
from webui.studio.findings import Begun
from webui.studio.models import Picture, Run

KIND = "training"
LEAST_OTHER = 10
"""Pictures of other things; with fewer, the model learns "none of these" without them."""
FINISH = "finish"
"""The file in the job's folder that has a training end with the best so far."""
_SPLIT = "split.csv"
"""In the job's folder: how the training before was divided."""
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
    if out.exists() and not _unfinished(run).exists() and record.of(run) is not None:
        raise DoneBefore
    if not pictures.exists():
        _lay_out(run, pictures)
    classes = pictures / dataset.CLASSES
    others = pictures / dataset.other_folder(path.name for path in classes.iterdir())
    enough = others.exists() and sum(1 for _ in others.iterdir()) >= LEAST_OTHER
    kept = record.of(run)
    begun = record.begun_of(kept) if kept else Begun()
    return [
        *("training", "fit", "--data", str(classes), "--recipe", run.recipe, "--out", str(out)),
        *(("--unknown", str(others)) if enough else ()),
        *(("--set", f"weights={out.with_name(begun.weights)}.h5") if begun.weights else ()),
        *(("--keep-split", str(folder / _SPLIT)) if begun.keeps_split else ()),
        *("--events", str(folder / EVENTS), "--outcome", str(folder / record.OUTCOME)),
        *("--finish-when", str(folder / FINISH)),
        *rivals.options(begun.rivals, out.parent, folder),
        *("--resume", "--no-photographs"),
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
    found = mine.select_related("picture_class").order_by("id")
    rows = record.of_pictures(found)
    folder_of = dataset.places({row.label: row.is_other for row in rows})
    for row in rows:
        target = draft / folder_of(row.label)
        target.mkdir(parents=True, exist_ok=True)
        try:
            store.place(run.project_id, row.digest, target / f"{row.number:08}")  # As project_zip.py names it, too.
        except FileNotFoundError as err:
            raise CannotRun(Reason.GONE) from err
    digest = dataset.digest_of((row.label, row.digest) for row in rows)
    kept = record.of(run)
    if digest != run.digest or kept is None:  # Else it goes on, with what it was begun with.
        rows = groups.named(rows, groups.of_project(run.project)) if run.by_groups else rows
        kept = record.note(run, rows, _begun(run, rows, folder.parent))
    _lay_out_groups(record.rows_of(kept), draft)
    run.pictures, run.digest = len(rows), digest
    run.save(update_fields=["pictures", "digest"])
    draft.rename(folder)


def _lay_out_groups(rows: list[record.Row], folder: Path) -> None:
    """Has `training fit` divide the pictures by their groups; where it cannot, it does so by content, and goes on."""
    if table := groups.manifest(rows, lambda row: f"{row.label}/{row.number:08}"):
        (folder / groups.MANIFEST).write_text(table, encoding="utf-8", newline="")


def _begun(run: Run, rows: list[record.Row], folder: Path) -> Begun:
    """What the training is begun with; written down, so that it goes on with the same."""
    models, earlier = model_file(run).parent, record.before(run)
    split = record.split_of(earlier) if earlier else ""
    (folder / _SPLIT).write_text(split)
    classes = sorted({row.label for row in rows if not row.is_other})
    return Begun(
        weights=rivals.weights(models),
        keeps_split=bool(split),
        rivals=tuple(rivals.of(run, models, classes)),
        classes=tuple(classes),
        changes=record.changes(earlier, rows) if earlier else None,
        others=sum(row.is_other for row in rows),
    )


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
    grace_s=30.0,  # A step of fine-tuning on one slow core, and its state.
    leftovers=(_PICTURES,),
    discard=_discard,
    is_of_others=True,
    is_kept=True,
)
