"""Hugging Face's image classification task, as `InferenceClient` and the endpoints of its Hub speak it: `/hf/<model>`.

https://huggingface.co/docs/inference-providers/tasks/image-classification
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from webui.inference import uploads
from webui.inference.uploads import Upload
from webui.problems import InvalidRequest, MissingImage, answers_problems
from webui.protocols import json_body
from webui.protocols.predict import predict

_TOP_K = 5  # Of transformers' pipelines, where nothing is said.


@csrf_exempt
@answers_problems
def classify(request: HttpRequest, model: str) -> HttpResponse:
    """`POST /hf/<model>`: a picture in; a list of labels and scores out, the best first."""
    answered = predict(request, _read, model=model)
    [prediction] = answered.predictions
    best = prediction.top[: answered.said]
    return JsonResponse([{"label": entry.label, "score": entry.score} for entry in best], safe=False)


def _read(request: HttpRequest) -> tuple[Sequence[Upload], int]:
    """The picture, as the body or in JSON, and how many classes are wanted."""
    body = uploads.body_of(request)
    if not body:
        raise MissingImage("Expected a picture as the body, or JSON with its base64 in inputs.")
    if not body[:100].removeprefix(BOM_UTF8).lstrip().startswith(b"{"):
        return [uploads.from_bytes(None, body)], _TOP_K
    document = json_body.parsed(body)
    picture = document.get("inputs")
    if not isinstance(picture, str):
        raise InvalidRequest(f"Expected one picture as base64 in inputs. Received: {json_body.kind(picture)}")
    return [uploads.from_text(picture)], _top_k(document.get("parameters"))


def _top_k(parameters: Any) -> int:
    given = parameters if isinstance(parameters, dict) else {}
    if given.get("function_to_apply") not in (None, "softmax"):
        raise InvalidRequest("Expected function_to_apply to be softmax: scores are probabilities.")
    top_k = given.get("top_k")
    if top_k is None:
        return _TOP_K
    if type(top_k) is not int or top_k < 1:
        raise InvalidRequest("Expected top_k to be a whole number of at least 1.")
    return top_k
