"""The JSON API that explains answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from recognizer import ImageError, Recognizer
from recognizer.errors import without_traceback
from recognizer.predictions import Explanation
from recognizer.recognizer import MOST_HEAT_MAPS
from webui import services
from webui.accounts import identity, rate_limits
from webui.accounts.models import Scope
from webui.inference import client_watch, uploads
from webui.inference.admission import Load, Turn, weigh
from webui.inference.classify import cost_of
from webui.inference.uploads import Upload
from webui.problems import InvalidRequest, MethodNotAllowed, answers_problems, problem, problem_response

_MOST_CLASSES = 100


@dataclass(frozen=True)
class _Explained:
    filename: str | None
    outcome: Explanation | ImageError


# As `classify_images`: cookies count only where a page of ours asks.
@csrf_exempt
@answers_problems
def explain(request: HttpRequest) -> HttpResponse:
    """`POST /api/v1/explain`: pictures in; for each the answer, a heat map a class, and the backbone's own names.

    Pictures are sent as to `classify`; `?classes=` says how many classes get a map, the best first. Nothing is kept.
    A picture that cannot be used has an `error`, and the others are explained; if none can be, the answer is the first
    one's problem.
    """
    if request.method != "POST":
        raise MethodNotAllowed(request.method, "POST")
    identity.require_scope(request, Scope.CLASSIFY)
    most = _classes(request.GET.get("classes"))
    rate_limits.admit(request)
    shared = services.current()
    weight, gone = uploads.weight_of(request), client_watch.gone(request.META)
    with shared.admission.slot(gone=gone, weight=weight) as turn:
        recognizer = shared.model.recognizer()
        sent = uploads.read(request).pictures()
        rate_limits.count_others(request, len(sent))
        explained = [_explained(upload, recognizer, turn, most) for upload in sent]
    errors = [item.outcome for item in explained if isinstance(item.outcome, ImageError)]
    if len(errors) == len(explained):
        return problem_response(errors[0])
    response = JsonResponse({"model": recognizer.model_info(), "explanations": [_entry(item) for item in explained]})
    response["Cache-Control"] = "no-store"
    return response


def _explained(upload: Upload, recognizer: Recognizer, turn: Turn, most: int) -> _Explained:
    cost = cost_of(upload, recognizer)
    turn.next(Load(max(weigh(cost.cpu_s, cost.memory_bytes), turn.load.weight), cost.memory_bytes))
    try:
        return _Explained(upload.filename, recognizer.explain(recognizer.decode(upload.content()), most=most))
    except ImageError as err:
        return _Explained(upload.filename, without_traceback(err))


def _entry(item: _Explained) -> dict[str, Any]:
    if isinstance(item.outcome, ImageError):
        return {"filename": item.filename, "error": problem(item.outcome)}
    return {"filename": item.filename} | item.outcome.to_dict()


def _classes(text: str | None) -> int:
    if text is None:
        return MOST_HEAT_MAPS
    if not re.fullmatch(r"0{0,9}[1-9][0-9]{0,2}", text) or int(text) > _MOST_CLASSES:
        raise InvalidRequest(f"Expected a whole number from 1 to {_MOST_CLASSES}. Received: classes={text[:50]!r}")
    return int(text)
