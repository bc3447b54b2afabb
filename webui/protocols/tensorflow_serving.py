"""TensorFlow Serving's REST API: predict, status and metadata of a model, below `/v1/models/`.

https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from recognizer import Prediction
from webui.inference import uploads
from webui.inference.uploads import Upload
from webui.problems import InvalidRequest, MissingImage, answers_problems
from webui.protocols import json_body, served
from webui.protocols.predict import predict, require_reader, scores

_INPUT = "image"
_SCORES, _ANSWERS = "serving_default", "answers"
"""The signatures: plain scores, as of a network that ends in a softmax; and all that there is to say."""
_ROWS, _COLUMNS = "instances", "inputs"


@dataclass(frozen=True)
class _Wanted:
    """The form of the reply."""

    signature: str
    in_rows: bool


@csrf_exempt
@answers_problems
def classify(request: HttpRequest, model: str, version: str | None = None) -> HttpResponse:
    """`POST /v1/models/<model>[/versions/<version>]:predict`: pictures in, predictions out."""
    answered = predict(request, _read, model=model, version=version)
    class_names, wanted = answered.recognizer.metadata.class_names, answered.said
    if wanted.signature == _SCORES:
        rows: Sequence[Any] = [scores(prediction, class_names) for prediction in answered.predictions]
        return JsonResponse({"predictions" if wanted.in_rows else "outputs": rows})
    answers = [_answer(prediction, class_names) for prediction in answered.predictions]
    if wanted.in_rows:
        return JsonResponse({"predictions": answers})
    return JsonResponse({"outputs": {name: [answer[name] for answer in answers] for name in answers[0]}})


@csrf_exempt
@answers_problems
def status(request: HttpRequest, model: str, version: str | None = None) -> HttpResponse:
    """`GET /v1/models/<model>[/versions/<version>]`: the version that answers is available."""
    require_reader(request)
    own_version = served.named(model, version).metadata.version
    fine = {"error_code": "OK", "error_message": ""}
    return JsonResponse({"model_version_status": [{"version": own_version, "state": "AVAILABLE", "status": fine}]})


@csrf_exempt
@answers_problems
def describe(request: HttpRequest, model: str, version: str | None = None) -> HttpResponse:
    """`GET /v1/models/<model>[/versions/<version>]/metadata`: the signatures, with what goes in and what comes out."""
    require_reader(request)
    metadata = served.named(model, version).metadata
    classes = len(metadata.class_names)
    every = {
        "label": _tensor("label", "DT_STRING", -1),
        "known": _tensor("known", "DT_BOOL", -1),
        "classes": _tensor("classes", "DT_STRING", -1, classes),
        "scores": _tensor("scores", "DT_FLOAT", -1, classes),
    }
    signatures = {_SCORES: _signature({"scores": every["scores"]}), _ANSWERS: _signature(every)}
    return JsonResponse(
        {
            "model_spec": {"name": metadata.name, "signature_name": "", "version": metadata.version},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }
    )


def _read(request: HttpRequest) -> tuple[Sequence[Upload], _Wanted]:
    document = json_body.parsed(uploads.body_of(request))
    signature = document.get("signature_name") or _SCORES
    if signature not in (_SCORES, _ANSWERS):
        received = signature[:50] if isinstance(signature, str) else json_body.kind(signature)
        raise InvalidRequest(f"Expected signature_name to be {_SCORES} or {_ANSWERS}. Received: {received!r}")
    in_rows = _ROWS in document
    if in_rows == (_COLUMNS in document):
        raise InvalidRequest(f"Expected pictures in {_ROWS}, or in {_COLUMNS}.")
    pictures = document[_ROWS] if in_rows else _column(document[_COLUMNS])
    if not isinstance(pictures, list):
        raise InvalidRequest(f"Expected a list of pictures. Received: {json_body.kind(pictures)}")
    if not pictures:
        raise MissingImage("Expected at least one picture. Received: an empty list")
    uploads.refuse_too_many(len(pictures))
    return [uploads.from_text(_text(picture)) for picture in pictures], _Wanted(str(signature), in_rows)


def _column(inputs: Any) -> Any:
    if isinstance(inputs, dict) and inputs.keys() == {_INPUT}:
        inputs = inputs[_INPUT]
    return [inputs] if isinstance(inputs, dict) else inputs


def _text(picture: Any) -> str:
    """The base64 of `{"b64": "..."}`, or of `{"image": {"b64": "..."}}`."""
    if isinstance(picture, dict) and picture.keys() == {_INPUT}:
        picture = picture[_INPUT]
    if isinstance(picture, dict) and picture.keys() == {"b64"} and isinstance(picture["b64"], str):
        return picture["b64"]
    raise InvalidRequest(
        'Expected each picture to be its file, {"b64": "..."}: scaling and normalising are the server\'s work.'
        f" Received: {json_body.kind(picture)}"
    )


def _answer(prediction: Prediction, class_names: Sequence[str]) -> dict[str, Any]:
    return {
        "label": prediction.label or "",
        "known": prediction.known,
        "classes": list(class_names),
        "scores": scores(prediction, class_names),
    }


def _signature(outputs: dict[str, Any]) -> dict[str, Any]:
    inputs = {_INPUT: _tensor(_INPUT, "DT_STRING", -1)}
    return {"inputs": inputs, "outputs": outputs, "method_name": "tensorflow/serving/predict"}


def _tensor(name: str, dtype: str, *shape: int) -> dict[str, Any]:
    dimensions = [{"size": str(side), "name": ""} for side in shape]
    return {"dtype": dtype, "tensor_shape": {"dim": dimensions, "unknown_rank": False}, "name": name}
