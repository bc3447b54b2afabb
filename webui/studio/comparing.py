"""Has a model compare the pictures of a project, and takes up what came of it.

newest model of the project | the one that is served -> Comparison, and its job -> `python -m recognizer check-labels`
    -> a table in the job's folder -> a likeness of each picture that looks like a class it is not in
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Count

from recognizer.errors import MenagerieError
from webui.accounts.identity import Caller
from webui.inference import served_model
from webui.jobs import folder, queue
from webui.jobs.folder import EVENTS
from webui.jobs.kinds import CannotRun, Kind
from webui.jobs.models import Job, Reason, State
from webui.studio import command as training_command
from webui.studio import store
from webui.studio.models import Comparison, Picture, PictureClass, Project, Sign, SignKind

KIND = "comparison"
SURE = 0.8
"""The share of the votes from which a picture looks like another class, or is sorted by one press.

Of 920 photographs in 23 classes that the model did not know, 96 of 100 with so much were what they looked like; of 336
in four that it knew, all were.
"""
_TABLE, _LOOKS = "pictures.csv", "looks.csv"
_MOST_BYTES = 64 * 2**20
_START_S, _PICTURE_S = 600.0, 5.0
_FEWEST_CLASSES = 2
_FIXED_S, _LOOK_S = 10.0, 0.06
"""What it takes on a machine of two cores: opening the model, and each picture that it has not seen."""


class NothingToCompare(Exception):
    """Fewer than two classes have pictures."""


def model_of(project: Project) -> str:
    """Name and version of the model that looks: the newest one of the project, else the one that is served.

    Raises:
        MenagerieError: there is none.
    """
    for run in project.runs.filter(job__state=State.DONE):
        if training_command.model_file(run).is_file():
            return run.model
    return served_model.model_path().stem


def model_or_none(project: Project) -> str | None:
    """As `model_of`; None where there is none."""
    with suppress(MenagerieError):
        return model_of(project)
    return None


@dataclass(frozen=True)
class Amount:
    """How much there is to compare."""

    pictures: int
    classes: int
    """That have pictures."""

    @property
    def is_enough(self) -> bool:
        """Whether pictures of two classes are there."""
        return self.classes >= _FEWEST_CLASSES

    @property
    def minutes(self) -> int:
        """About how long it takes a model that has seen none of the pictures before."""
        return max(1, round((_FIXED_S + _LOOK_S * self.pictures) / 60))


def amount_of(project: Project) -> Amount:
    """How much there is to compare in a project."""
    counted = PictureClass.every.filter(project=project).annotate(count=Count("pictures"))
    counts = [(each.count, each.is_unsorted) for each in counted]
    return Amount(
        sum(count for count, _ in counts), sum(count > 0 and not is_unsorted for count, is_unsorted in counts)
    )


def begin(project: Project, caller: Caller) -> None:
    """Has a project's pictures compared, as soon as it is the job's turn; nothing where they are being compared.

    Raises:
        NothingToCompare: see there.
        MenagerieError: there is no model, or see `queue.submit`.
    """
    if project.comparisons.filter(job__state__in=(State.WAITING, State.RUNNING)).exists():
        return
    amount = amount_of(project)
    if not amount.is_enough:
        raise NothingToCompare
    model, count = model_of(project), amount.pictures
    queue.submit(
        KIND, caller, lambda job: Comparison.objects.create(job=job, project=project, model=model, pictures=count)
    )


def command(job: Job, path: Path) -> list[str]:
    """What follows `python -m` to compare a project's pictures.

    Raises:
        CannotRun: the model is gone.
        OSError: the table cannot be written.
    """
    comparison = job.comparison
    model = served_model.file_of(comparison.model)
    if model is None:
        raise CannotRun(Reason.MODEL)
    rows = Picture.objects.filter(project=comparison.project_id).select_related("picture_class").order_by("id")
    with (path / _TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for picture in rows.iterator():
            label = "" if picture.picture_class.is_unsorted else picture.picture_class_id
            writer.writerow((f"{picture.digest[:2]}/{picture.digest}", label))
    return [
        *("recognizer", "check-labels", str(path / _TABLE), "--data", str(store.folder_of(comparison.project_id))),
        *("--out", str(path / _LOOKS), "--model", str(model), "--events", str(path / EVENTS)),
    ]


def latest(project: Project) -> Comparison | None:
    """The last comparison of a project; what it has found is kept once it is done, in place of what one before has."""
    last = project.comparisons.select_related("job").first()
    if last is not None and last.job.state == State.DONE and not last.is_taken_up:
        with transaction.atomic():
            if Comparison.objects.filter(job=last.job_id, is_taken_up=False).update(is_taken_up=True):
                _exchange(project, {digest: (label, share) for digest, label, share in _looks(last)})
    return last


def _exchange(project: Project, looks: dict[str, tuple[int, float]]) -> None:
    """Exchanges the likenesses of a project; what somebody has said is fine stays so while it looks like the same."""
    before = Sign.objects.filter(picture__project=project, kind=SignKind.LIKENESS)
    fine = set(before.filter(is_fine=True).values_list("picture", "other_class"))
    before.delete()
    classes, found = set(project.classes.values_list("id", flat=True)), []
    for picture in project.pictures.select_related("picture_class").order_by().iterator():
        label, share = looks.get(picture.digest, (0, 0.0))
        is_unsorted = picture.picture_class.is_unsorted
        if label in classes and label != picture.picture_class_id and (is_unsorted or share >= SURE):
            is_fine = (picture.pk, label) in fine
            sign = Sign(picture=picture, kind=SignKind.LIKENESS, other_class_id=label, share=share, is_fine=is_fine)
            found.append(sign)
    Sign.objects.bulk_create(found, batch_size=500)


def _looks(comparison: Comparison) -> Iterator[tuple[str, int, float]]:
    """Digest of each picture, the class that it looks like, and the share of the votes for that."""
    text = (folder.read(comparison.job_id, _LOOKS, _MOST_BYTES) or b"").decode("utf-8", "replace")
    for row in csv.DictReader(io.StringIO(text, newline="")):
        with suppress(KeyError, ValueError, TypeError):
            yield row["file"].rpartition("/")[2], int(row["looks_like"]), float(row["share"])


def _seconds(job: Job) -> float:
    return _START_S + _PICTURE_S * job.comparison.pictures


HOW = Kind(
    command,
    most_attempts=3,
    goes_on=True,
    seconds=_seconds,
    uses_all_cores=True,
    leftovers=(_TABLE,),
    is_of_others=True,
)
