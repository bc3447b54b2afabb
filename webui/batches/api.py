"""The JSON API of batches."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse

from recognizer.predictions.documents import EXAMPLE_MODEL
from webui.accounts.identity import Caller, identify
from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.endpoint import Media, Operation, PathPart, json_response, together
from webui.api.parameters import Parameter, whole_number
from webui.batches import answers, results, submission
from webui.batches.answers import BatchAnswer, BatchList, Links, PassedOverFile, PassedOverFiles, Progress
from webui.batches.models import Batch
from webui.batches.submission import MAX_PICTURES
from webui.classify import options
from webui.inference.uploads import FIELD
from webui.jobs import lease
from webui.problems import NotFound, Unauthenticated

_EXAMPLE_ID = "3fa1a1c0-5d1f-4c7e-9a52-0d3f4b6f8a11"
BATCH = PathPart("The `id` of one of your batches.", _EXAMPLE_ID)
LIMIT = whole_number("limit", "At most so many batches.", most=100, default=50, example=2)
BEFORE = Parameter(
    "before",
    "Only those that are older than the batch of this id; `next` has it.",
    "the id of a batch",
    uuid.UUID,
    {"type": "string", "format": "uuid"},
    None,
    _EXAMPLE_ID,
)
AFTER = whole_number("after", "Leaves out so many of the first rows.", least=0, most=MAX_PICTURES, default=0, example=0)
ROWS = whole_number("limit", "At most so many rows.", most=MAX_PICTURES, default=MAX_PICTURES, example=100)
EXAMPLE = BatchAnswer(
    id=_EXAMPLE_ID,
    state="running",
    failure=None,
    before=0,
    created=datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC),
    started=datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC),
    finished=None,
    expires=datetime(2026, 3, 31, 12, 0, 0, tzinfo=UTC),
    model=EXAMPLE_MODEL,
    progress=Progress(done=512, total=2000, unreadable=3, seconds_left=31),
    passed_over=PassedOverFiles(count=1, files=[PassedOverFile(path="notes.txt", reason="No picture.")]),
    links=Links(
        self_=f"/api/v1/batches/{_EXAMPLE_ID}",
        results_jsonl=f"/api/v1/batches/{_EXAMPLE_ID}/results.jsonl",
        results_csv=f"/api/v1/batches/{_EXAMPLE_ID}/results.csv",
    ),
)
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
_FORM = {"type": "object", "properties": {FIELD: _FILES}, "required": [FIELD]}
_SENT = Body(
    f"Up to {MAX_PICTURES} pictures as a zip file, with folders or without; or pictures, or one zip file, as files of a"
    " form, in fields of any name.",
    {
        "multipart/form-data": {"schema": _FORM},
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
    },
)


@Operation(
    "POST",
    "batches",
    {202: EXAMPLE},
    scope=Scope.CLASSIFY,
    needs_key=True,
    body=_SENT,
    problems=(
        *("invalid_request", "missing_image", "batch_too_large", "unsupported_format", "invalid_zip"),
        *("too_many_batches", "throttled", "model_unavailable", "storage_full"),
    ),
    headers={"Location": "The address of the batch."},
)
def submit_batch(request: HttpRequest) -> HttpResponse:
    """Takes up to 10,000 pictures, and answers them when there is time.

    All are answered by the model that is active now. The answers do not go into the history.
    """
    answer = answers.answer(submission.submit(request, _caller(request)))
    return json_response(answer, HTTPStatus.ACCEPTED, Location=answer.links.self_)


@Operation(
    "GET",
    "batches",
    {200: BatchList(batches=[EXAMPLE], next=f"/api/v1/batches?limit=1&before={_EXAMPLE_ID}")},
    scope=Scope.READ,
    needs_key=True,
    parameters=(LIMIT, BEFORE),
    problems=("not_found",),
)
def list_batches(request: HttpRequest) -> BatchList:
    """Lists your own batches, the newest first."""
    own, given = Batch.objects.belonging_to(_caller(request)).order_by("-job__created", "-job__id"), request.GET.dict()
    limit = LIMIT.read(given)
    if (before_id := BEFORE.read(given)) is not None:
        before = own.filter(job_id=before_id).first()
        if before is None:
            raise NotFound("There is no batch of yours with this id any longer. Begin again without before.")
        own = own.filter(job__created__lt=before.job.created)
    found = list(own[: limit + 1])
    shown = [answers.answer(each) for each in found[:limit]]
    following = f"{reverse('api_batches')}?limit={limit}&before={shown[-1].id}" if len(found) > limit else None
    return BatchList(batches=shown, next=following)


batches = together(list_batches, submit_batch)


@Operation(
    "GET",
    "batches",
    {200: EXAMPLE},
    scope=Scope.READ,
    needs_key=True,
    path={"job_id": BATCH},
    problems=("not_found",),
)
def batch_progress(request: HttpRequest, job_id: uuid.UUID) -> BatchAnswer:
    """Tells how far one of your own batches is."""
    lease.recover()
    return answers.answer(_own(request, job_id))


@Operation(
    "DELETE",
    "batches",
    {204: None},
    scope=Scope.CLASSIFY,
    needs_key=True,
    path={"job_id": BATCH},
    problems=("not_found",),
)
def delete_batch(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ends one of your own batches, and removes it with its pictures and rows."""
    _own(request, job_id).job.delete()
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


batch = together(batch_progress, delete_batch)


@Operation(
    "GET",
    "batches",
    {
        200: Media(
            "application/x-ndjson", "An object a line, with the members that `classify` answers with.", "rows.jsonl"
        )
    },
    scope=Scope.READ,
    needs_key=True,
    path={"job_id": BATCH},
    parameters=(AFTER, ROWS, options.TOP_K),
    problems=("not_found",),
)
def results_jsonl(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Gives the rows of one of your own batches so far, as JSON lines, in the order of its pictures."""
    found, given = _own(request, job_id), request.GET.dict()
    after, limit, top_k = AFTER.read(given), ROWS.read(given), options.TOP_K.read(given)
    lines = results.json_lines(found, after=after, limit=limit, top_k=top_k)
    return _file(lines, "application/x-ndjson", found, "jsonl")


@Operation(
    "GET",
    "batches",
    {200: Media("text/csv", "The file that `classify --csv` writes on the command line.", "rows.csv")},
    scope=Scope.READ,
    needs_key=True,
    path={"job_id": BATCH},
    problems=("not_found",),
)
def results_csv(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Gives the rows of one of your own batches so far, as a CSV file."""
    found = _own(request, job_id)
    return _file(results.csv_lines(found), "text/csv; charset=utf-8", found, "csv")


def _own(request: HttpRequest, job_id: uuid.UUID) -> Batch:
    found = Batch.objects.belonging_to(_caller(request)).filter(job_id=job_id).first()
    if found is None:
        raise NotFound("There is no batch of yours with this id, or not any longer.")
    return found


def _caller(request: HttpRequest) -> Caller:
    caller = identify(request)
    if not caller.is_member and not caller.visitor:
        raise Unauthenticated(
            "A batch belongs to somebody. Send an API key with the scopes classify and read: Authorization: Bearer ..."
        )
    return caller


def _file(lines: Iterator[bytes], content_type: str, found: Batch, suffix: str) -> HttpResponseBase:
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="batch-{found.job_id}.{suffix}"'
    response["Cache-Control"] = "no-store"
    return response
