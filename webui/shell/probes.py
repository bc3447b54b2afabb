"""The probes for liveness and readiness."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webui import services
from webui.inference import served_model
from webui.inference.served_model import ServedModel, State
from webui.problems import RETRY_AFTER_S

_REASONS = {
    "starting": "The model is still starting.",
    "failed": "The model could not be loaded. The server's log says why.",
    "draining": "The server is stopping. It answers what it has begun.",
    "overloaded": "More requests than can be answered have been coming for a while.",
}


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """`/livez`: 200 as long as requests are answered at all."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 and the model if requests should be sent here; else 503 and the reason."""
    model = services.current().model
    status = readiness()
    if status == State.READY.value:
        problem = _problem(model)
        found = {"problem": problem} if problem else {}
        return JsonResponse({"status": status, "model": model.recognizer().model_info()} | found)
    reason = f"{_REASONS[status]} {model.step or ''}" if status == State.STARTING.value else _REASONS[status]
    response = JsonResponse({"status": status, "reason": _shown(reason)}, status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _problem(model: ServedModel) -> str:
    """What somebody should look after although pictures are answered; empty where there is nothing."""
    shared = services.current()
    found = [model.problem, model.step, model.shortfall, shared.database.problem, shared.recorder.problem]
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
