"""Takes a batch: who may, is there room, which model; then its pictures, to the disk; then its job.

quotas -> the model that answers now -> receiving -> Job and Batch, in one transaction
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import HttpRequest

from recognizer import Recognizer
from recognizer.bulk.zip_pictures import Limits
from webui import services
from webui.accounts import rate_limits
from webui.accounts.identity import Caller
from webui.batches import receiving
from webui.batches.command import KIND, UPLOAD
from webui.batches.models import Batch
from webui.batches.quotas import Room
from webui.batches.receiving import Allowed, CheckForm, Received, any_form
from webui.jobs import folder, queue
from webui.jobs.models import Job
from webui.problems import NO_SPACE, StorageFull

MAX_PICTURES = 10_000
# With the folders, notes and thumbnails that programs put beside pictures.
_MAX_ENTRIES = 30_000
_PER_MINUTE = 20
_SHOWN_PASSED_OVER = 20
_MAX_PATH_LETTERS = 1000


def submit(request: HttpRequest, caller: Caller, check: CheckForm = any_form) -> Batch:
    """Takes the batch in a request, and has it answered as soon as it is its turn; of a refused one nothing is left.

    Args:
        request: nothing of its body has been read.
        caller: whose it is.
        check: of a form, see `receiving.receive`; what it raises comes through.

    Raises:
        MenagerieError: see `receiving.receive` and `Room.refuse_without`; or the model is not ready.
        StorageFull: the disk is full.
        Throttled: the caller sends too many.
    """
    rate_limits.spend(request, "batches", per_minute=_PER_MINUTE)
    room = Room(caller)
    room.refuse_without(_declared(request))
    recognizer = services.current().model.recognizer()
    job_id = uuid.uuid4()
    try:
        sent = receiving.receive(request, folder.make(job_id) / UPLOAD, _allowed(), room.refuse_without, check)
        return _queued(caller, job_id, sent, recognizer)
    except BaseException as err:  # Whatever ends it leaves nothing behind.
        folder.remove(job_id)
        if isinstance(err, OSError) and err.errno in NO_SPACE:
            raise StorageFull(
                "The server's disk is full. Nothing of the batch was kept; its operator has to know."
            ) from err
        raise


def _declared(request: HttpRequest) -> int:
    """What is to come; of a chunked body nobody knows, and it is found out on the way."""
    return min(receiving.declared(request) or 0, settings.ENVIRONMENT.batch_bytes)


def _allowed() -> Allowed:
    most = settings.ENVIRONMENT.batch_bytes
    return Allowed(packed_bytes=most, entries=_MAX_ENTRIES, pictures=Limits(MAX_PICTURES, most))


def _queued(caller: Caller, job_id: uuid.UUID, sent: Received, recognizer: Recognizer) -> Batch:
    metadata, shown = recognizer.metadata, sent.passed_over[:_SHOWN_PASSED_OVER]

    def complete(job: Job) -> None:
        Batch.objects.create(
            job=job,
            total=len(sent.pictures),
            model=recognizer.artifact.path.stem,
            name=metadata.name,
            version=metadata.version,
            digest=recognizer.artifact.digest,
            class_names=list(metadata.class_names),
            precision=settings.ENVIRONMENT.precision,
            second_look=settings.ENVIRONMENT.second_look,
            passed_over={
                "count": len(sent.passed_over),
                "files": [{"path": str(each.path)[:_MAX_PATH_LETTERS], "reason": each.reason} for each in shown],
            },
        )

    job = queue.submit(KIND, caller, complete, job_id=job_id)
    return Batch.objects.select_related("job").get(job=job)
