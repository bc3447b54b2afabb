"""The JSON API that explains answers."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from recognizer import ImageError, Recognizer
from recognizer.errors import without_traceback
from recognizer.predictions import Explanation, documents
from recognizer.predictions.documents import Document
from recognizer.recognizer import MOST_HEAT_MAPS
from webui import services
from webui.accounts import rate_limits
from webui.accounts.models import Scope
from webui.api.endpoint import Operation
from webui.api.parameters import whole_number
from webui.inference import client_watch, picture_body, uploads
from webui.inference.admission import Load, Turn
from webui.inference.uploads import Upload
from webui.problems import PictureProblem, all_failed, picture_problem

CLASSES = whole_number(
    "classes", "For so many classes there are heat maps, the best first.", most=100, default=MOST_HEAT_MAPS, example=2
)


class PictureExplanation(documents.Explanation, documents.NamedPicture):
    """The answer for one picture of a request, and where each class is seen in it."""


class Explanations(Document):
    """The answers for the pictures of a request, with their heat maps."""

    model: documents.ModelName
    explanations: list[PictureExplanation | PictureProblem]
    """In the order of the pictures. One that cannot be used has its problem, and does not hurt the others."""


EXAMPLE = Explanations(
    model=documents.EXAMPLE_MODEL,
    explanations=[
        PictureExplanation(
            filename="cat.jpg",
            width=500,
            height=375,
            known=True,
            label="cat",
            score=0.993,
            likeness=0.962,
            passes=1,
            top=documents.EXAMPLE_SCORES,
            method="class activation map",
            heatmaps=[documents.HeatMap(label="cat", where="middle left", image="data:image/png;base64,iVBORw0KGgo=")],
            backbone=[documents.BackboneName(name="tabby", score=0.62)],
        )
    ],
)


@dataclass(frozen=True)
class _Explained:
    filename: str | None
    outcome: Explanation | ImageError


@Operation(
    "POST",
    "pictures",
    {200: EXAMPLE},
    scope=Scope.CLASSIFY,
    parameters=(CLASSES,),
    body=picture_body.pictures(),
    problems=(*picture_body.ERRORS, "throttled", "model_unavailable"),
)
def explain(request: HttpRequest) -> Document | HttpResponse:
    """Says where in up to 16 pictures each class is seen, and what the backbone calls them.

    Nothing is kept. A picture that cannot be used has an `error`, the problem, and the others are explained; if none
    can be, the answer is the first one's problem, with all of them in `errors` where there were several.
    """
    most = CLASSES.read(request.GET.dict())
    rate_limits.admit(request)
    shared = services.current()
    weight, gone = uploads.weight_of(request), client_watch.gone(request.META)
    with shared.admission.slot(gone=gone, weight=weight) as turn:
        recognizer = shared.model.recognizer()
        sent = uploads.read(request).pictures()
        rate_limits.count_others(request, len(sent))
        loads = uploads.loads_of(sent, recognizer.decoding_cost, turn)
        explained = [_explained(upload, recognizer, turn, load, most) for upload, load in zip(sent, loads, strict=True)]
    failed = [(item.filename, item.outcome) for item in explained if isinstance(item.outcome, ImageError)]
    if len(failed) == len(explained):
        return all_failed(failed)
    model = documents.ModelName(**recognizer.model_info())
    return Explanations(model=model, explanations=[_entry(item) for item in explained])


def _explained(upload: Upload, recognizer: Recognizer, turn: Turn, load: Load, most: int) -> _Explained:
    turn.next(load)
    try:
        return _Explained(upload.filename, recognizer.explain(recognizer.decode(upload.content()), most=most))
    except ImageError as err:
        return _Explained(upload.filename, without_traceback(err))


def _entry(item: _Explained) -> PictureExplanation | PictureProblem:
    if isinstance(item.outcome, ImageError):
        return picture_problem(item.filename, item.outcome)
    return PictureExplanation(filename=item.filename, **dict(item.outcome.document()))
