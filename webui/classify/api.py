"""The JSON API that classifies pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from recognizer import ImageError
from webui.accounts import identity
from webui.accounts.models import Scope
from webui.classify import options
from webui.classify.answer import answer
from webui.classify.result_card import data_uri
from webui.inference import uploads
from webui.inference.classify import Asked, Classified, first_error_if_all_failed
from webui.problems import MethodNotAllowed, NotFound, answers_problems, problem, problem_response


# Cookies count only where a page of ours asks (see `identity.py`): a forged request finds nothing to misuse.
@csrf_exempt
@answers_problems
def classify_images(request: HttpRequest) -> HttpResponse:
    """`POST /api/v1/classify`: pictures in, predictions out.

    A multipart form with up to 16 files, a picture as the body, or JSON with base64, see `inference/uploads.py`;
    `?top_k=` limits the classes that are listed, `?heatmap=true` adds what the model looked at,
    `?thumbnail=true` a small copy of the picture, `?keep=false` leaves the answers out of the history. A
    picture that cannot be used has an `error`, the problem object, instead of a label, and the others are answered. If
    none can be used, the answer is the first picture's problem; with several pictures its member `errors` lists
    filename and problem of each.
    """
    if request.method != "POST":
        raise MethodNotAllowed(request.method, "POST")
    identity.require_scope(request, Scope.CLASSIFY)
    answered, ids = answer(request, _asked)
    error = first_error_if_all_failed(answered.classified)
    if error is not None:
        return _all_failed(error, answered.classified)
    entries = [_entry(item, id_, answered.asked) for item, id_ in zip(answered.classified, ids, strict=True)]
    response = JsonResponse({"model": answered.recognizer.model_info(), "predictions": entries})
    response["Server-Timing"] = answered.timing.header()
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@answers_problems
def not_found(request: HttpRequest, path: str = "") -> HttpResponse:
    """The problem 404 for every other address under `/api/`."""
    raise NotFound(f"There is nothing at {request.path}. Pictures go to {reverse('classify')}.")


def _asked(request: HttpRequest) -> Asked:
    query: Mapping[str, str] = request.GET.dict()
    given, sent = options.read(query), uploads.read(request)
    return replace(options.read({**sent.options, **query}) if sent.options else given, uploads=sent.pictures())


def _entry(item: Classified, answer_id: str | None, asked: Asked) -> dict[str, Any]:
    if isinstance(item.outcome, ImageError):
        return {"filename": item.filename, "error": problem(item.outcome)}
    kept = {"id": answer_id} if answer_id else {}
    small = {"thumbnail": data_uri(item.picture)} if asked.thumbnails and item.picture else {}
    return {"filename": item.filename} | kept | item.outcome.to_dict(top_k=asked.top_k) | small


def _all_failed(error: ImageError, classified: Sequence[Classified]) -> HttpResponse:
    if len(classified) == 1:
        return problem_response(error)
    return problem_response(error, errors=[_entry(item, None, Asked([])) for item in classified])
