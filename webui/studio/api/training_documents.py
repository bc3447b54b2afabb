"""What the API says of trainings: state, progress, result, and where to go from there."""

from __future__ import annotations

from datetime import UTC, datetime

from django.urls import reverse
from pydantic import Field

from recognizer.predictions.documents import Document, Probability
from webui.jobs import queue
from webui.jobs.failure import Failure, failure_of
from webui.jobs.models import State
from webui.studio import command, outcome, progress, training
from webui.studio.api.lookup import PROJECT_ID, TRAINING_ID
from webui.studio.findings import Findings
from webui.studio.models import Recipe, Run
from webui.studio.progress import Progress


class Wanted(Document):
    """A training that is to be begun."""

    recipe: Recipe
    """How thoroughly: `quick` looks at each picture once, `animals` four times; `thorough` trains the network
    itself."""
    by_groups: bool = True
    """Whether whole folders or days are held back, where the pictures suggest any."""


class TrainingResult(Document):
    """How good a model is."""

    right: int
    """Of the pictures that were held back, how many it names rightly."""
    held_back: int
    """How many were held back: it has not learned from them."""


class TrainingFailure(Document):
    """A picture that was held back, and that the model names wrongly or turns away."""

    picture: int
    """The `id` that it has in its project, where it is still there."""
    actual: str
    """Its class."""
    said: str
    """The class that the model takes it for."""
    score: Probability
    """How surely."""
    known: bool
    """False: the model takes it for none of its classes."""


class TrainingSummary(Document):
    """A training, in a list."""

    id: str
    project: str
    """The `id` of its project."""
    recipe: Recipe
    """How thoroughly it learns."""
    model: str
    """The `id` that the version has, or will have: `our_mugs-1`."""
    state: str
    """`waiting`, `running`, `paused`, `done`, or `failed`."""
    failure: Failure | None
    """Null unless it failed."""
    created: datetime
    """When it was asked for; ISO 8601, in UTC, like the other times."""
    started: datetime | None
    """Of the latest attempt: a training goes on after its worker was stopped."""
    finished: datetime | None
    """Null until it is done or has failed."""
    pictures: int
    """On how many it is trained."""
    result: TrainingResult | None
    """Null until it is done."""


class TrainingEpoch(Document):
    """One epoch of a training of the network itself."""

    epoch: int
    """From 1."""
    of: int
    """How many there are at most."""
    accuracy: Probability
    """Of the pictures held back, the share that is named rightly."""


class TrainingProgress(Document):
    """How far a training is."""

    stage: str
    """What it is at, as the command line calls it; empty before it has begun."""
    share: Probability | None
    """Of this stage that is done; null where it cannot say."""
    seconds_left: int | None
    """Of the whole training, about; null unless it runs, and where it takes longer than was thought."""
    training: int
    """Pictures that it learns from; 0 before it has looked at them."""
    held_back: int
    """Pictures that its model is measured with."""
    left_out: int
    """Pictures that could not be used."""
    epochs: list[TrainingEpoch]
    """Those so far; empty unless the network itself is trained."""
    message: str
    """What went wrong, for somebody who can look it up; else empty."""


class TrainingLinks(Document):
    """Addresses of this server."""

    self_: str = Field(serialization_alias="self")
    """GET: this object. DELETE: stops the training, or takes it off the list."""
    model_file: str | None
    """The model file; null until there is one."""
    activate: str | None
    """POST makes the model the one that answers, for keys of staff with the scope `activate`; null until it is done."""


class TrainingAnswer(TrainingSummary):
    """A training, with how far it is."""

    before: int
    """Jobs that come before it, while it waits."""
    progress: TrainingProgress
    """How far it is."""
    can_resume: bool
    """Whether it was cut off, and can go on where it was."""
    changed: bool
    """Whether pictures were added, removed or moved since."""
    failures: list[TrainingFailure]
    """Up to 200 of the pictures held back that the model fails on, the surest first; until it is done, up to 24
    that it names wrongly so far."""
    links: TrainingLinks
    """Where to go from here."""


class TrainingList(Document):
    """Trainings of a project, the newest first."""

    trainings: list[TrainingSummary]
    """At most as many as were asked for."""
    next: str | None
    """Address of those that are older; null at the end."""


EXAMPLE_SUMMARY = TrainingSummary(
    id=TRAINING_ID,
    project=PROJECT_ID,
    recipe=Recipe.QUICK,
    model="our_mugs-1",
    state="running",
    failure=None,
    created=datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC),
    started=datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC),
    finished=None,
    pictures=400,
    result=None,
)
EXAMPLE = TrainingAnswer(
    **dict(EXAMPLE_SUMMARY),
    before=0,
    progress=TrainingProgress(
        stage="Computing features",
        share=0.25,
        seconds_left=82,
        training=340,
        held_back=60,
        left_out=0,
        epochs=[],
        message="",
    ),
    can_resume=False,
    changed=False,
    failures=[],
    links=TrainingLinks(self_=f"/api/v1/trainings/{TRAINING_ID}", model_file=None, activate=None),
)


def address_of(run: Run) -> str:
    """Where a training is asked for."""
    return reverse("api_training", args=[run.job_id])


def has_model(run: Run) -> bool:
    """Whether there is the model of a training: a file of its name may be another's while it goes on."""
    return run.job.state == State.DONE and command.model_file(run).is_file()


def summary(run: Run) -> TrainingSummary:
    """What a list of trainings says of one."""
    job = run.job
    if job.state == State.DONE and run.right is None:
        outcome.take_up(run, progress.read(run.job_id))
    return TrainingSummary(
        id=str(run.job_id),
        project=str(run.project_id),
        recipe=Recipe(run.recipe),
        model=run.model,
        state=job.state,
        failure=failure_of(job),
        created=job.created,
        started=job.started,
        finished=job.finished,
        pictures=run.pictures,
        result=_result(run),
    )


def answer(run: Run) -> TrainingAnswer:
    """What the API says of a training."""
    told = progress.read(run.job_id)
    findings = outcome.take_up(run, told)
    return TrainingAnswer(
        **dict(summary(run)),
        before=queue.before(run.job) if run.job.state == State.WAITING else 0,
        progress=_progress(run, told),
        can_resume=outcome.can_go_on(run),
        changed=training.changed_since(run),
        failures=_failures(told, findings),
        links=_links(run),
    )


def _result(run: Run) -> TrainingResult | None:
    if run.right is None or run.held_back is None:
        return None
    return TrainingResult(right=run.right, held_back=run.held_back)


def _failures(told: Progress, findings: Findings | None) -> list[TrainingFailure]:
    so_far = told.still_wrong.pictures if told.still_wrong else ()
    return [TrainingFailure(**dict(each)) for each in (findings.failures if findings else so_far)]


def _progress(run: Run, told: Progress) -> TrainingProgress:
    left = outcome.seconds_left(run, told)
    return TrainingProgress(
        stage=told.stage,
        share=min(1.0, max(0.0, told.share)) if told.total > 1 else None,
        seconds_left=None if left is None else round(left),
        training=told.training,
        held_back=told.held_back,
        left_out=told.left_out,
        epochs=[TrainingEpoch(epoch=each.number, of=each.of, accuracy=each.accuracy) for each in told.epochs],
        message=told.message,
    )


def _links(run: Run) -> TrainingLinks:
    there = has_model(run)
    return TrainingLinks(
        self_=address_of(run),
        model_file=reverse("api_training_model", args=[run.job_id]) if there else None,
        activate=reverse("api_activate", args=[run.model]) if there else None,
    )
