"""The Open Inference Protocol, version 2, over REST, as Triton and KServe speak it, below `/v2`.

https://github.com/kserve/open-inference-protocol
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from recognizer import Prediction, Recognizer, __version__
from webui.inference.served_model import State
from webui.inference.uploads import Upload
from webui.problems import RETRY_AFTER_S, InvalidRequest, MethodNotAllowed, answers_problems
from webui.protocols import served, tensors
from webui.protocols.predict import predict, require_reader, scores
from webui.shell import probes

_OUTPUTS = ("label", "known", "scores", "classes")


@csrf_exempt
@answers_problems
def server(request: HttpRequest) -> HttpResponse:
    """`GET /v2`: the server's name and version."""
    require_reader(request)
    return JsonResponse({"name": "menagerie", "version": __version__, "extensions": []})


@csrf_exempt
@answers_problems
def live(request: HttpRequest) -> HttpResponse:
    """`GET /v2/health/live`: an empty 200 as long as requests are answered at all."""
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET")
    return HttpResponse()


@csrf_exempt
@answers_problems
def ready(request: HttpRequest) -> HttpResponse:
    """`GET /v2/health/ready`: an empty 200 where requests should be sent here; else 503, as `/readyz`."""
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET")
    if probes.readiness() == State.READY.value:
        return HttpResponse()
    return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": str(RETRY_AFTER_S)})


@csrf_exempt
@answers_problems
def model_ready(request: HttpRequest, model: str, version: str | None = None) -> HttpResponse:
    """`GET /v2/models/<model>[/versions/<version>]/ready`: an empty 200 where it answers."""
    require_reader(request)
    served.named(model, version)
    return HttpResponse()


@csrf_exempt
@answers_problems
def describe(request: HttpRequest, model: str, version: str | None = None) -> HttpResponse:
    """`GET /v2/models/<model>[/versions/<version>]`: what goes in and what comes out."""
    require_reader(request)
    metadata = served.named(model, version).metadata
    classes = len(metadata.class_names)
    return JsonResponse(
        {
            "name": metadata.name,
            "versions": [metadata.version],
            "platform": "menagerie",
            "inputs": [{"name": tensors.INPUT, "datatype": "BYTES", "shape": [-1]}],
            "outputs": [
                {"name": "label", "datatype": "BYTES", "shape": [-1]},
                {"name": "known", "datatype": "BOOL", "shape": [-1]},
                {"name": "scores", "datatype": "FP32", "shape": [-1, classes]},
                {"name": "classes", "datatype": "BYTES", "shape": [classes]},
            ],
        }
    )


@csrf_exempt
@answers_problems
def infer(request: HttpRequest, model: str, version: str | None = None) -> HttpResponse:
    """`POST /v2/models/<model>[/versions/<version>]/infer`: pictures in, tensors of JSON out."""
    answered = predict(request, _read, model=model, version=version)
    metadata, document = answered.recognizer.metadata, answered.said
    outputs = _outputs(answered.recognizer, answered.predictions)
    reply = {"model_name": metadata.name, "model_version": metadata.version}
    echo = {"id": document["id"]} if "id" in document else {}
    return JsonResponse(reply | echo | {"outputs": [outputs[name] for name in _wanted(document)]})


def _read(request: HttpRequest) -> tuple[Sequence[Upload], dict[str, Any]]:
    sent = tensors.read(request)
    _wanted(sent.document)  # Before the pictures are decoded.
    said: dict[str, Any] = {name: sent.document[name] for name in ("id", "outputs") if name in sent.document}
    if not isinstance(said.get("id", ""), str):
        raise InvalidRequest("Expected id to be a string.")
    return sent.pictures, said


def _wanted(document: dict[str, Any]) -> Sequence[str]:
    """Names of the outputs that a request asks for; all where it names none."""
    asked = document.get("outputs")
    if asked is None or asked == []:
        return _OUTPUTS
    if not isinstance(asked, list) or len(asked) > len(_OUTPUTS) or not all(_is_output(one) for one in asked):
        raise InvalidRequest(f"Expected outputs by their names, of {', '.join(_OUTPUTS)}, without classification.")
    return [one["name"] for one in asked]


def _is_output(asked: object) -> bool:
    """Whether that is one of ours, as it is: `label` has the best class, which Triton's `classification` is for."""
    if not isinstance(asked, dict) or asked.get("name") not in _OUTPUTS:
        return False
    parameters = asked.get("parameters")
    return not isinstance(parameters, dict) or "classification" not in parameters


def _outputs(recognizer: Recognizer, predictions: Sequence[Prediction]) -> dict[str, dict[str, Any]]:
    names, count = recognizer.metadata.class_names, len(predictions)
    return {
        "label": _output("label", "BYTES", [count], [prediction.label or "" for prediction in predictions]),
        "known": _output("known", "BOOL", [count], [prediction.known for prediction in predictions]),
        "scores": _output(
            *("scores", "FP32", [count, len(names)]),
            [score for prediction in predictions for score in scores(prediction, names)],
        ),
        "classes": _output("classes", "BYTES", [len(names)], list(names)),
    }


def _output(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}
