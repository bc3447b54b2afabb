"""`/metrics`, for whoever has the token; and what counts: a middleware for requests, a function for pictures.

`meters`, and the library behind it, is loaded where there is a token.
"""

from __future__ import annotations

import contextlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer import ImageError, Prediction
from webui import services
from webui.drift.assess import assess
from webui.inference.served_model import State

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_OTHER = "other"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`: the figures, in Prometheus's text format. Not found without `MENAGERIE_METRICS_TOKEN`."""
    token = settings.ENVIRONMENT.metrics_token
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    if not token or kind.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), token.encode()):
        raise Http404
    from webui.metrics import meters

    _look_at_process()
    _look_at_drift()
    return HttpResponse(meters.exposition(), content_type=meters.CONTENT_TYPE)


def count_requests(get_response: GetResponse) -> GetResponse:
    """Middleware that counts requests by the name of their address; comes first, so that it sees every answer."""
    if not settings.ENVIRONMENT.metrics_token:
        return get_response
    from webui.metrics import meters

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        found = request.resolver_match
        address = (found.view_name or _OTHER) if found else _OTHER
        method = request.method if request.method in _METHODS else _OTHER
        meters.count_request(address, str(method), response.status_code, time.perf_counter() - began)
        _look_at_process()
        return response

    return middleware


def note_answer(model: Mapping[str, str], outcomes: Iterable[Prediction | ImageError], **seconds: float) -> None:
    """Counts the pictures of a request, and how long each stage took; nothing without `MENAGERIE_METRICS_TOKEN`."""
    if not settings.ENVIRONMENT.metrics_token:
        return
    from webui.metrics import meters

    meters.count_pictures(model, outcomes)
    meters.measure_stages(**seconds)


def _look_at_drift() -> None:
    """Only for whoever asks: it takes a query. Where the database cannot be asked, the figures stay as they were."""
    from webui.metrics import meters

    model = services.current().model
    if settings.ENVIRONMENT.keep_days and model.state is State.READY:
        with contextlib.suppress(DatabaseError):
            meters.tell_drift(assess(model.recognizer().metadata))


def _look_at_process() -> None:
    """Every process notes it after each of its requests: only one of them is asked for the figures."""
    from webui.metrics import meters

    shared = services.current()
    served = shared.model.recognizer().metadata if shared.model.state is State.READY else None
    model = f"{served.name}-{served.version}" if served else ""
    meters.look_at_process(waiting=shared.admission.waiting, inside=shared.admission.inside, model=model)
