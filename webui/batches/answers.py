"""What the API says of a batch."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from pydantic import Field

from recognizer.predictions.documents import Document, ModelName
from webui.batches.models import Batch
from webui.jobs import events, queue, retention
from webui.jobs.failure import Failure, failure_of
from webui.jobs.models import Job, State


class Progress(Document):
    """How far a batch is."""

    done: int
    """Pictures that have their row."""
    total: int
    """Pictures in the batch."""
    unreadable: int
    """Those of the done ones that could not be read; their rows say why."""
    seconds_left: int | None
    """As long as it will take if it goes on like this; null before there is anything to go by, and at the end."""


class PassedOverFile(Document):
    """A file that was sent and is no picture."""

    path: str
    """As it stands in the zip file or form."""
    reason: str
    """A sentence."""


class PassedOverFiles(Document):
    """What was sent and is no picture; it has no row."""

    count: int
    """Of all of them."""
    files: list[PassedOverFile]
    """The first ones."""


class Links(Document):
    """Addresses of this server."""

    self_: str = Field(serialization_alias="self")
    """GET: this object. DELETE: ends the batch and removes all of it."""
    results_jsonl: str
    """The rows so far, as JSON lines."""
    results_csv: str
    """The rows so far, as a CSV file."""


class BatchAnswer(Document):
    """A batch."""

    id: str
    """By which it is asked for."""
    state: str
    """waiting, running, done, or failed: then the rows that are there stay."""
    failure: Failure | None
    """Null unless it failed."""
    before: int
    """Jobs that come before it, while it waits."""
    created: datetime
    """When it was sent; ISO 8601, in UTC, like the other times."""
    started: datetime | None
    """Of the latest attempt: a batch goes on after its worker was stopped."""
    finished: datetime | None
    """Null until it is done or has failed."""
    expires: datetime
    """When the batch and its rows are removed."""
    model: ModelName
    """The one that was active when the batch was sent: it answers all of its pictures."""
    progress: Progress
    """How far it is."""
    passed_over: PassedOverFiles
    """What was sent and is no picture."""
    links: Links
    """Where to ask for more."""


class BatchList(Document):
    """Batches of one person, the newest first."""

    batches: list[BatchAnswer]
    """At most as many as were asked for."""
    next: str | None
    """Address of those that are older; null at the end."""


def answer(batch: Batch) -> BatchAnswer:
    """What the API says of a batch."""
    job = batch.job
    return BatchAnswer(
        id=str(job.id),
        state=job.state,
        failure=failure_of(job),
        before=queue.before(job) if job.state == State.WAITING else 0,
        created=job.created,
        started=job.started,
        finished=job.finished,
        expires=job.created + retention.kept_for(),
        model=ModelName(name=batch.name, version=batch.version, digest=batch.digest),
        progress=_progress(batch),
        passed_over=PassedOverFiles.model_validate(batch.passed_over),
        links=_links(job),
    )


def _progress(batch: Batch) -> Progress:
    told = events.read(batch.job_id)
    left = told.seconds_left if batch.job.state == State.RUNNING else None
    done = batch.total if batch.job.state == State.DONE else told.done
    return Progress(
        done=done, total=batch.total, unreadable=told.errors, seconds_left=None if left is None else round(left)
    )


def _links(job: Job) -> Links:
    return Links(
        self_=reverse("api_batch", args=[job.id]),
        results_jsonl=reverse("api_batch_jsonl", args=[job.id]),
        results_csv=reverse("api_batch_csv", args=[job.id]),
    )
