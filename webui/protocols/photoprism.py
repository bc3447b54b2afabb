"""PhotoPrism's vision service for labels, as its configuration `vision.yml` names one: `/photoprism/labels`.

https://docs.photoprism.app/developer-guide/vision/
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from recognizer import Prediction
from webui import services
from webui.inference import uploads
from webui.inference.uploads import Upload
from webui.problems import InvalidRequest, MissingImage, answers_problems
from webui.protocols import json_body, served
from webui.protocols.predict import predict

_LATEST = "latest"
_MAX_ID = 200


@csrf_exempt
@answers_problems
def labels(request: HttpRequest) -> HttpResponse:
    """`POST /photoprism/labels`: the pictures of one photograph in; its labels out, none where it is not known."""
    answered = predict(request, _read)
    metadata = answered.recognizer.metadata
    return JsonResponse(
        {
            "id": answered.said,
            "code": 200,
            "model": {"type": "labels", "name": metadata.name, "version": metadata.version},
            "result": {"labels": _labels(answered.predictions)},
        }
    )


def _read(request: HttpRequest) -> tuple[Sequence[Upload], str]:
    """The pictures, and the request's id."""
    document = json_body.parsed(uploads.body_of(request))
    _check_model(document.get("model"), document.get("version"))
    id_, pictures = document.get("id"), document.get("images")
    if not pictures:
        raise MissingImage("Expected data URLs in images. Pictures are not fetched from addresses.")
    if not isinstance(pictures, list):
        raise InvalidRequest(f"Expected images to be a list. Received: {json_body.kind(pictures)}")
    uploads.refuse_too_many(len(pictures))
    if not all(isinstance(picture, str) for picture in pictures):
        raise InvalidRequest("Expected images to be data URLs.")
    if not isinstance(id_, str) or not 0 < len(id_) <= _MAX_ID:
        id_ = str(uuid.uuid4())
    return [uploads.from_text(picture) for picture in pictures], id_


def _check_model(model: Any, version: Any) -> None:
    """Refuses the name of another model: `animals`, `animals:2` or `animals:latest`, in small letters, are ours."""
    if not isinstance(model or "", str) or not isinstance(version or "", str):
        raise InvalidRequest("Expected model and version to be strings.")
    name, _, tag = (model or "").partition(":")
    metadata = services.current().model.recognizer().metadata
    if not name or name.casefold() in {metadata.name.casefold(), f"{metadata.name}-{metadata.version}".casefold()}:
        name = metadata.name
    for asked in (tag, version or ""):
        served.named(name, None if asked in {"", _LATEST} else asked)


def _labels(predictions: Sequence[Prediction]) -> list[dict[str, Any]]:
    """Of each picture the class that it is; one label a class, the surest first."""
    best: dict[str, float] = {}
    for prediction in predictions:
        if prediction.label is not None:
            best[prediction.label] = max(prediction.score, best.get(prediction.label, 0.0))
    return [
        {"name": label, "source": "image", "confidence": score, "topicality": score}
        for label, score in sorted(best.items(), key=lambda entry: -entry[1])
    ]
