"""Begins trainings, says beforehand how long they take, and takes up what came of them.

ready? -> Run, and its job in the queue -> command.py -> events -> Progress
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Count

from recognizer import machine
from recognizer.model_file.metadata import MAX_NAME_LENGTH
from webui.accounts.identity import Caller
from webui.jobs import folder, queue
from webui.jobs.models import Job, State
from webui.studio import dataset
from webui.studio.command import FINISH, KIND, LEAST_OTHER
from webui.studio.models import Picture, PictureClass, Project, Recipe, Run

LEAST_PICTURES = 10
"""Of each class, for a training that says anything: with fewer, hardly any can be held back."""
_TRIES = 3
_LOOKS = {Recipe.QUICK: 1, Recipe.USUAL: 4, Recipe.THOROUGH: 30}
"""How often about a network's way through a picture is computed."""
# Seconds of one core: opening, compiling, calibrating and reporting, however few the pictures are; and of each look.
_FIXED_S, _LOOK_S = 75.0, 0.17
_LOOKED_AT = 20
"""Trainings, for the last one that was not ended early."""


class Lack(Enum):
    """What a project lacks before it can be trained."""

    CLASSES = "classes"
    """It has fewer than two classes."""
    PICTURES = "pictures"
    """A class has too few pictures."""


@dataclass(frozen=True)
class Counted:
    """A class with how many pictures it has."""

    picture_class: PictureClass
    pictures: int

    @property
    def lacks(self) -> int:
        """How many more it needs before a training."""
        return 0 if self.picture_class.is_other else max(0, LEAST_PICTURES - self.pictures)


def can_train() -> bool:
    """Whether what trains is installed here."""
    return find_spec("tensorflow") is not None


def counted(project: Project) -> list[Counted]:
    """The classes of a project, in their order."""
    classes = project.classes.annotate(count=Count("pictures"))
    return [Counted(each, each.count) for each in classes]


def lack(classes: Sequence[Counted]) -> Lack | None:
    """What is missing before these classes can be trained; None: nothing."""
    own = [each for each in classes if not each.picture_class.is_other]
    if len(own) < 2:
        return Lack.CLASSES
    return Lack.PICTURES if any(each.lacks for each in own) else None


def estimate_s(recipe: Recipe, pictures: int) -> float:
    """Seconds that a training takes on this machine; see `estimates_s`."""
    return estimates_s(pictures)[recipe]


def estimates_s(pictures: int) -> dict[Recipe, float]:
    """Seconds that a training with each recipe takes on this machine, which the last one here has shown to be so fast.

    Args:
        pictures: how many.
    """
    computed = {recipe: _computed_s(recipe, pictures) for recipe in Recipe}
    done = Run.objects.filter(job__state=State.DONE, job__worked_s__gt=0).select_related("job")
    last = next((run for run in done[:_LOOKED_AT] if not ends_early(run)), None)
    if last is None:
        return computed
    pace = last.job.worked_s / _computed_s(Recipe(last.recipe), last.pictures)
    return {recipe: pace * seconds for recipe, seconds in computed.items()}


def _computed_s(recipe: Recipe, pictures: int) -> float:
    cores = min(machine.cores(), settings.ENVIRONMENT.job_threads)
    return _FIXED_S + pictures * _LOOKS[recipe] * _LOOK_S / max(1, cores)


def begin(project: Project, recipe: Recipe, caller: Caller, *, by_groups: bool = True) -> Run:
    """Has a project's pictures trained on, as soon as it is its turn.

    Args:
        project: whose pictures.
        recipe: how thoroughly.
        caller: for whom.
        by_groups: whether whole folders or days are held back, where the pictures suggest any.

    Raises:
        QueueFull, TooManyOfOne: see `queue.submit`.
    """
    for _ in range(_TRIES):
        with suppress(IntegrityError):  # Another one has taken the name meanwhile.
            return _begin(project, recipe, caller, by_groups)
    return _begin(project, recipe, caller, by_groups)


def _begin(project: Project, recipe: Recipe, caller: Caller, by_groups: bool) -> Run:
    rows = list(project.pictures.labelled().values_list("picture_class__name", "digest"))
    made: list[Run] = []

    def complete(job: Job) -> None:
        run = Run.objects.create(
            job=job,
            project=project,
            recipe=recipe,
            by_groups=by_groups,
            model=free_name(project),
            pictures=len(rows),
            digest=dataset.digest_of(rows),
        )
        made.append(run)

    queue.submit(KIND, caller, complete)
    return made[0]


def finish_early(run: Run) -> None:
    """Has a training that is at fine-tuning end with the best so far, and go on to what comes after it.

    Raises:
        OSError: its folder is gone, or the disk is full.
    """
    (folder.path_of(run.job_id) / FINISH).touch()


def ends_early(run: Run) -> bool:
    """Whether that was asked for."""
    return (folder.path_of(run.job_id) / FINISH).exists()


def free_name(project: Project) -> str:
    """Name and version of the next model of a project: pets-1, or pets-2 where that is taken."""
    name = model_name(project)
    taken = set(Run.objects.filter(model__startswith=f"{name}-").values_list("model", flat=True))
    taken |= {path.stem for path in settings.ENVIRONMENT.models.glob(f"{name}-*")}  # Also what is not done.
    return next(stem for number in range(1, len(taken) + 2) if (stem := f"{name}-{number}") not in taken)


def model_name(project: Project) -> str:
    """What its models are called: its name in letters, digits and underscores; of other scripts, by its number."""
    ascii_only = unicodedata.normalize("NFKD", project.name).encode("ascii", "ignore").decode().lower()
    letters = re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")
    return letters[:MAX_NAME_LENGTH] or f"project_{str(project.id)[:8]}"


def learns_from_others(project: Project) -> bool:
    """Whether there are enough pictures of other things to learn from."""
    return project.pictures.filter(picture_class__is_other=True).count() >= LEAST_OTHER


def changed_since(run: Run) -> bool:
    """Whether pictures were added, removed or moved since a training was begun."""
    rows = Picture.objects.filter(project=run.project_id).labelled().values_list("picture_class__name", "digest")
    return dataset.digest_of(rows) != run.digest
