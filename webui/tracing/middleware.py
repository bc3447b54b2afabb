"""Middleware that tells OpenTelemetry of each request: method, address by its pattern, status, id."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponseBase

from webui import services
from webui.tracing import spans

if TYPE_CHECKING:
    from opentelemetry.trace import Span

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_OTHER = "_OTHER"
"""OpenTelemetry's word for a method that a client made up."""


def trace_requests(get_response: GetResponse) -> GetResponse:
    """The middleware; comes where the request has its id already."""
    if not spans.is_configured():
        return get_response

    def middleware(request: HttpRequest) -> HttpResponseBase:
        method = str(request.method) if request.method in _METHODS else _OTHER
        with services.current().tracing.request(method, request.headers) as span:
            response = get_response(request)
            if span is not None:
                _describe(cast("Span", span), method, request, response)
        return response

    return middleware


def _describe(span: Span, method: str, request: HttpRequest, response: HttpResponseBase) -> None:
    """The pattern of the address, never the address itself: it may say which answer somebody looked at."""
    route = request.resolver_match.route if request.resolver_match else ""
    span.update_name(f"{method} /{route}" if request.resolver_match else method)
    if request.resolver_match:
        span.set_attribute("http.route", f"/{route}")
    span.set_attribute("http.response.status_code", response.status_code)
    if response.status_code >= 500:
        from opentelemetry.trace import StatusCode

        span.set_status(StatusCode.ERROR)
