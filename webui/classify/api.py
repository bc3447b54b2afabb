"""The JSON API that classifies pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from recognizer import ImageError
from recognizer.predictions import documents
from recognizer.predictions.documents import Absent, Document
from webui.accounts.models import Scope
from webui.api.endpoint import Operation, json_response
from webui.classify import options
from webui.classify.answer import answer
from webui.classify.result_card import data_uri
from webui.inference import picture_body, uploads
from webui.inference.classify import Asked, Classified
from webui.problems import NotFound, PictureProblem, all_failed, answers_problems, picture_problem


class KeptPicture(documents.NamedPicture):
    """A picture by the name of its file, and by the id of its answer."""

    id: Absent[str] = None
    """Of the answer in the history; there where it is kept. Its page is `/history/<id>/`."""


class PicturePrediction(documents.Prediction, KeptPicture):
    """The answer for one picture of a request."""

    thumbnail: Absent[str] = None
    """A small JPEG as a `data:` address; there if it was asked for."""


class Predictions(Document):
    """The answers for the pictures of a request."""

    model: documents.ModelName
    predictions: list[PicturePrediction | PictureProblem]
    """In the order of the pictures. One that cannot be used has its problem, and does not hurt the others."""


EXAMPLE = Predictions(
    model=documents.EXAMPLE_MODEL,
    predictions=[
        PicturePrediction(
            filename="cat.jpg",
            id="3fa1a1c0-5d1f-4c7e-9a52-0d3f4b6f8a11",
            width=500,
            height=375,
            known=True,
            label="cat",
            score=0.993,
            likeness=0.962,
            passes=1,
            top=documents.EXAMPLE_SCORES,
            heatmap=None,
        )
    ],
)


@Operation(
    "POST",
    "pictures",
    {200: EXAMPLE},
    scope=Scope.CLASSIFY,
    parameters=options.OPTIONS,
    body=picture_body.pictures(options.OPTIONS),
    problems=(*picture_body.ERRORS, "throttled", "model_unavailable"),
    headers={"Server-Timing": "How long decoding and the network took, in milliseconds."},
)
def classify_images(request: HttpRequest) -> HttpResponse:
    """Says what is in up to 16 pictures.

    If only some of the pictures cannot be used, each of these has an `error`, the problem, and the others are
    answered. If none can, the answer is the first one's problem, with all of them in `errors` where there were several.
    """
    answered, ids = answer(request, _asked)
    failed = [(item.filename, item.outcome) for item in answered.classified if isinstance(item.outcome, ImageError)]
    if len(failed) == len(answered.classified):
        return all_failed(failed)
    entries = [_entry(item, id_, answered.asked) for item, id_ in zip(answered.classified, ids, strict=True)]
    model = documents.ModelName(**answered.recognizer.model_info())
    response = json_response(Predictions(model=model, predictions=entries))
    response["Server-Timing"] = answered.timing.header()
    return response


@csrf_exempt  # There is nothing that a forged request could change.
@answers_problems
def not_found(request: HttpRequest, path: str = "") -> HttpResponse:
    """The problem 404 for every other address under `/api/`."""
    raise NotFound(f"There is nothing at {request.path}. Pictures go to {reverse('classify')}.")


def _asked(request: HttpRequest) -> Asked:
    query: Mapping[str, str] = request.GET.dict()
    given, sent = options.read(query), uploads.read(request)
    return replace(options.read({**sent.options, **query}) if sent.options else given, uploads=sent.pictures())


def _entry(item: Classified, answer_id: str | None, asked: Asked) -> PicturePrediction | PictureProblem:
    if isinstance(item.outcome, ImageError):
        return picture_problem(item.filename, item.outcome)
    return PicturePrediction(
        filename=item.filename,
        id=answer_id,
        thumbnail=data_uri(item.picture) if asked.thumbnails and item.picture else None,
        **dict(item.outcome.document(top_k=asked.top_k)),
    )
