"""Says whether the process lives, and whether it is ready to answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webui import serving
from webui.problems import RETRY_AFTER_S
from webui.serving import State

_REASONS = {
    State.STARTING: "The model is still starting.",
    State.FAILED: "The model could not be loaded. The server's log says why.",
}


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """`/livez`: 200 as long as requests are answered at all."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 and the model once it is warm; 503 and the reason before, or where it failed."""
    model = serving.current()
    state = model.state
    if state is State.READY:
        return JsonResponse({"status": state.value, "model": model.recognizer().model_info()})
    response = JsonResponse({"status": state.value, "reason": _REASONS[state]}, status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response
