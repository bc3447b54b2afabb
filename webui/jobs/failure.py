"""Why a job has failed, as the API says it."""

from __future__ import annotations

from django.utils import translation

from recognizer.predictions.documents import Document
from webui.jobs.models import Job, State


class Failure(Document):
    """Why long work ended before it was done."""

    code: str
    """A stable word for programs."""
    detail: str
    """A sentence."""


def failure_of(job: Job) -> Failure | None:
    """Why a job has failed; None where it has not."""
    if job.state != State.FAILED:
        return None
    with translation.override("en"):  # As all that programs read.
        return Failure(code=job.reason, detail=job.get_reason_display())
