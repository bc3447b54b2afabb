"""The JSON API of the history."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from webui.accounts.identity import identify, require_scope
from webui.accounts.models import Scope
from webui.history import paging, pictures
from webui.history.filters import ORDERS, Sort
from webui.history.lookup import find_all, read_ids
from webui.history.models import Answer, Answers
from webui.problems import InvalidRequest, MethodNotAllowed, NotFound, Unauthenticated, answers_problems

MAX_LIMIT = 100
_DEFAULT_LIMIT = 50


@csrf_exempt  # It only reads.
@answers_problems
def list_history(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/history`: the caller's own answers.

    Newest first, `?limit=` at most, `?before=` an answer's id; or those of `?ids=`, in their order.
    """
    own = _own(request)
    if "ids" in request.GET:
        return _listed(find_all(_ids(request.GET["ids"]), own.select_related("correction")), None)
    limit, order = _limit(request.GET.get("limit")), ORDERS[Sort.NEWEST]
    wanted = _before(own, request.GET.get("before"))
    found = list(wanted.select_related("correction").order_by(*order)[: limit + 1])
    answers = found[:limit]
    next_page = f"{reverse('api_history')}?limit={limit}&before={answers[-1].id}" if len(found) > limit else None
    return _listed(answers, next_page)


@csrf_exempt  # It only reads.
@answers_problems
def picture(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`GET /api/v1/history/<id>.jpg`: the picture of one of the caller's own answers, as it is kept."""
    data = pictures.read(answer_id) if _own(request).filter(id=answer_id).exists() else None
    if data is None:
        raise NotFound("There is no such picture in your history any longer.")
    return HttpResponse(data, content_type="image/jpeg")


def _listed(answers: Sequence[Answer], next_page: str | None) -> HttpResponse:
    response = JsonResponse({"answers": [_entry(answer) for answer in answers], "next": next_page})
    response["Cache-Control"] = "no-store"
    return response


def _own(request: HttpRequest) -> Answers:
    """The caller's own answers, for a request that reads.

    Raises:
        MethodNotAllowed: it does not read.
        Forbidden: the key is not for this.
        Unauthenticated: nobody sends it.
    """
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET")
    require_scope(request, Scope.READ)
    caller = identify(request)
    if not caller.is_member and not caller.visitor:
        raise Unauthenticated("Send an API key with the scope read: Authorization: Bearer mng_...")
    return Answer.objects.belonging_to(caller)


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or int(text) > MAX_LIMIT:
        raise InvalidRequest(f"Expected a whole number from 1 to {MAX_LIMIT}. Received: limit={text[:50]!r}")
    return int(text)


def _ids(text: str) -> list[uuid.UUID]:
    ids = read_ids(text)
    if ids is None or len(ids) > MAX_LIMIT:
        raise InvalidRequest(f"Expected up to {MAX_LIMIT} ids of answers, with commas. Received: ids={text[:50]!r}")
    return ids


def _before(answers: Answers, text: str | None) -> Answers:
    if text is None:
        return answers
    try:
        answer = answers.filter(id=uuid.UUID(text)).first()
    except ValueError as err:
        raise InvalidRequest(f"Expected the id of an answer. Received: before={text[:50]!r}") from err
    if answer is None:
        raise NotFound("The answer of this id is not in your history any longer. Begin again without before.")
    return answers.filter(paging.beyond(ORDERS[Sort.NEWEST], answer))


def _entry(answer: Answer) -> dict[str, Any]:
    return {
        "id": str(answer.id),
        "created": answer.created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "filename": answer.filename or None,
        "width": answer.width,
        "height": answer.height,
        "known": answer.known,
        "label": answer.label if answer.known else None,
        "score": answer.score,
        "likeness": answer.likeness,
        "passes": answer.passes,
        "top": [{"label": label, "score": score} for label, score in answer.top],
        "model": answer.model,
        "correction": _correction(answer),
        "picture": reverse("api_picture", args=[answer.id]),
    }


def _correction(answer: Answer) -> dict[str, Any] | None:
    correction = answer.said
    if correction is None:
        return None
    return {"kind": correction.kind, "label": correction.label or None, "state": correction.state}
