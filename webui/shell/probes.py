"""The probes for liveness and readiness."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest, HttpResponse

from recognizer.predictions import documents
from recognizer.predictions.documents import Absent, Document
from webui import services
from webui.api.endpoint import Operation, json_response
from webui.inference import served_model
from webui.inference.served_model import ServedModel, State
from webui.problems import RETRY_AFTER_S

_REASONS = {
    "starting": "The model is still starting.",
    "failed": "The model could not be loaded. The server's log says why.",
    "draining": "The server is stopping. It answers what it has begun.",
    "overloaded": "More requests than can be answered have been coming for a while.",
}


class Liveness(Document):
    """That the process answers."""

    status: Literal["alive"]


class Ready(Document):
    """That requests should be sent here."""

    status: Literal["ready"]
    model: documents.ModelName
    problem: Absent[str] = None
    """What somebody should look after although pictures are answered."""


class NotReady(Document):
    """Why no requests should be sent here."""

    status: Literal["starting", "failed", "overloaded", "draining"]
    reason: str
    """A sentence."""


_STARTING = NotReady(status="starting", reason=_REASONS["starting"])


@Operation("GET", "server", {200: Liveness(status="alive")})
def livez(request: HttpRequest) -> Liveness:
    """Answers as long as the process answers at all: restart it if it does not."""
    return Liveness(status="alive")


@Operation("GET", "server", {200: Ready(status="ready", model=documents.EXAMPLE_MODEL), 503: _STARTING})
def readyz(request: HttpRequest) -> HttpResponse:
    """Says whether to send requests here, and why not."""
    model = services.current().model
    status = readiness()
    if status == State.READY.value:
        name = documents.ModelName(**model.recognizer().model_info())
        return json_response(Ready(status=status, model=name, problem=_problem(model) or None))
    reason = f"{_REASONS[status]} {model.step or ''}" if status == State.STARTING.value else _REASONS[status]
    response = json_response(NotReady(status=status, reason=_shown(reason)), 503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _problem(model: ServedModel) -> str:
    """What somebody should look after although pictures are answered; empty where there is nothing."""
    shared = services.current()
    found = [model.problem, model.step, model.shortfall, shared.follower.problem]
    found += [shared.database.problem, shared.recorder.problem]
    return _shown(" ".join(sentence for sentence in found if sentence))


def _shown(text: str) -> str:
    return served_model.without_folders(text).strip()


def readiness() -> str:
    """How far this process is, in a word: `ready` where requests should be sent here."""
    shared = services.current()
    if shared.is_stopping():
        return "draining"
    state = shared.model.state
    if state is State.READY and shared.admission.overloaded:
        return "overloaded"
    return state.value
