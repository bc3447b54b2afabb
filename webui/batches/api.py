"""The JSON API of batches."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from recognizer import Recognizer
from recognizer.bulk.zip_pictures import Limits
from webui import services
from webui.accounts import rate_limits
from webui.accounts.identity import Caller, identify, require_scope
from webui.accounts.models import Scope
from webui.batches import answers, receiving, results
from webui.batches.answers import BatchList
from webui.batches.command import KIND, UPLOAD
from webui.batches.models import Batch
from webui.batches.quotas import Room
from webui.batches.receiving import Allowed, Received
from webui.classify import options
from webui.inference.uploads import declared_length
from webui.jobs import folder, lease, queue
from webui.jobs.models import Job
from webui.problems import InvalidRequest, MethodNotAllowed, NotFound, Unauthenticated, answers_problems

MAX_PICTURES = 10_000
# With the folders, notes and thumbnails that programs put beside pictures.
_MAX_ENTRIES = 30_000
_PER_MINUTE = 20
_SHOWN_PASSED_OVER = 20
_MAX_LISTED = 100
_MAX_PATH_LETTERS = 1000


# Cookies count only where a page of ours asks (see `identity.py`): a forged request finds nothing to misuse.
@csrf_exempt
@answers_problems
def batches(request: HttpRequest) -> HttpResponseBase:
    """`/api/v1/batches`: takes a batch (POST), or lists one's own (GET)."""
    if request.method == "POST":
        return _submitted(request)
    if request.method in {"GET", "HEAD"}:
        return _listed(request)
    raise MethodNotAllowed(request.method, "GET, POST")


@csrf_exempt
@answers_problems
def batch(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """`/api/v1/batches/<uuid>`: how far one's own batch is (GET); ends and removes it (DELETE)."""
    if request.method == "DELETE":
        _own(request, job_id, Scope.CLASSIFY).job.delete()
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET, DELETE")
    lease.recover()
    return _json(answers.answer(_own(request, job_id, Scope.READ)))


@csrf_exempt  # It only reads.
@answers_problems
def results_jsonl(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """`/api/v1/batches/<uuid>/results.jsonl`: the rows so far.

    `?after=` leaves out the first ones, `?limit=` those after so many, `?top_k=` classes of each.
    """
    found = _read(request, job_id)
    after = _whole_number(request, "after", default=0, least=0)
    limit = _whole_number(request, "limit", default=MAX_PICTURES, least=1)
    top_k = options.read(request.GET.dict()).top_k
    lines = results.json_lines(found, after=after, limit=limit, top_k=top_k)
    return _file(lines, "application/x-ndjson", found, "jsonl")


@csrf_exempt  # It only reads.
@answers_problems
def results_csv(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """`/api/v1/batches/<uuid>/results.csv`: the rows so far, as a CSV file."""
    found = _read(request, job_id)
    return _file(results.csv_lines(found), "text/csv; charset=utf-8", found, "csv")


def _submitted(request: HttpRequest) -> HttpResponse:
    caller = _caller(request, Scope.CLASSIFY)
    services.current().rate_limits.allowance("batches", _PER_MINUTE, 60).spend(rate_limits.client_of(request))
    room = Room(caller)
    room.refuse_without(_declared(request))
    recognizer = services.current().model.recognizer()
    job_id = uuid.uuid4()
    try:
        sent = receiving.receive(request, folder.make(job_id) / UPLOAD, _allowed(), room.refuse_without)
        found = _queued(caller, job_id, sent, recognizer)
    except BaseException:  # Whatever ends it leaves nothing behind.
        folder.remove(job_id)
        raise
    answer = answers.answer(found)
    response = _json(answer, HTTPStatus.ACCEPTED)
    response["Location"] = answer.links.self_
    return response


def _declared(request: HttpRequest) -> int:
    """What is to come; of a chunked body nobody knows, and it is found out on the way."""
    return min(declared_length(request.META), settings.ENVIRONMENT.batch_bytes)


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


def _listed(request: HttpRequest) -> HttpResponse:
    own = _all_of(_caller(request, Scope.READ)).order_by("-job__created", "-job__id")
    limit = _whole_number(request, "limit", default=50, least=1, most=_MAX_LISTED)
    if "before" in request.GET:
        before = own.filter(job_id=_id(request.GET["before"])).first()
        if before is None:
            raise NotFound("There is no batch of yours with this id any longer. Begin again without before.")
        own = own.filter(job__created__lt=before.job.created)
    found = list(own[: limit + 1])
    shown = [answers.answer(each) for each in found[:limit]]
    following = f"{reverse('api_batches')}?limit={limit}&before={shown[-1].id}" if len(found) > limit else None
    return _json(BatchList(batches=shown, next=following))


def _read(request: HttpRequest, job_id: uuid.UUID) -> Batch:
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET")
    return _own(request, job_id, Scope.READ)


def _own(request: HttpRequest, job_id: uuid.UUID, scope: Scope) -> Batch:
    found = _all_of(_caller(request, scope)).filter(job_id=job_id).first()
    if found is None:
        raise NotFound("There is no batch of yours with this id, or not any longer.")
    return found


def _all_of(caller: Caller) -> QuerySet[Batch]:
    return Batch.objects.filter(job__in=Job.objects.belonging_to(caller)).select_related("job")


def _caller(request: HttpRequest, scope: Scope) -> Caller:
    require_scope(request, scope)
    caller = identify(request)
    if not caller.is_member and not caller.visitor:
        raise Unauthenticated(
            "A batch belongs to somebody. Send an API key with the scopes classify and read: Authorization: Bearer ..."
        )
    return caller


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as err:
        raise InvalidRequest(f"Expected the id of a batch. Received: {text[:50]!r}") from err


def _whole_number(request: HttpRequest, name: str, *, default: int, least: int, most: int = MAX_PICTURES) -> int:
    text = request.GET.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise InvalidRequest(f"Expected a whole number from {least} to {most}. Received: {name}={text[:50]!r}")
    return int(text)


def _json(answer: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    response = JsonResponse(answer.model_dump(mode="json", by_alias=True), status=status)
    response["Cache-Control"] = "no-store"
    return response


def _file(lines: Iterator[bytes], content_type: str, found: Batch, suffix: str) -> HttpResponseBase:
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="batch-{found.job_id}.{suffix}"'
    response["Cache-Control"] = "no-store"
    return response
