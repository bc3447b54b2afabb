"""What is told to OpenTelemetry: a span for a request, and for each stage of it; nothing, at no cost, unless it is set.

    OTEL_EXPORTER_OTLP_ENDPOINT -> make() -> services.current().tracing -> span("decode") ... -> the collector

OpenTelemetry's own variables say where to, how often, and under which name; its library reads them. Nothing of a span
says who asked, or what a picture is called.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from recognizer import __version__, folders

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.trace import Tracer

Value = str | int | float | bool

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_DISABLED = "OTEL_SDK_DISABLED"

_logger = logging.getLogger(__name__)


class Tracing(Protocol):
    """What a process tells of its work."""

    def span(self, name: str, **attributes: Value) -> AbstractContextManager[object]:
        """A stage of the work, for as long as the block takes."""

    def request(self, method: str, headers: Mapping[str, str]) -> AbstractContextManager[object]:
        """A whole request, a part of the caller's trace where its headers name one. It gives the span."""


class NoTracing:
    """Tells nothing."""

    def span(self, name: str, **attributes: Value) -> AbstractContextManager[object]:
        """Nothing happens."""
        return _NOTHING

    def request(self, method: str, headers: Mapping[str, str]) -> AbstractContextManager[object]:
        """Nothing happens."""
        return _NOTHING


_NOTHING = nullcontext()


class OpenTelemetryTracing:
    """Tells OpenTelemetry."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def span(self, name: str, **attributes: Value) -> AbstractContextManager[object]:
        """A span within the one that is under way in this thread."""
        return self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        )

    def request(self, method: str, headers: Mapping[str, str]) -> AbstractContextManager[object]:
        """A span of a server."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        caller = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
        return self._tracer.start_as_current_span(
            method,
            context=TraceContextTextMapPropagator().extract(caller),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method},
            set_status_on_exception=False,
            record_exception=False,  # Its text may have a file's name in it.
        )


def is_configured() -> bool:
    """Whether OpenTelemetry's variables ask for spans."""
    asked = any(os.environ.get(name) for name in _ENDPOINTS)
    return asked and os.environ.get(_DISABLED, "").lower() != "true"


def make() -> Tracing:
    """What this process tells; made after the fork, for it begins a thread.

    The log says why nothing is told though it was asked for: the library is missing, or refuses one of its variables.
    """
    if not is_configured():
        return NoTracing()
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        _logger.warning(
            "OpenTelemetry's variables are set, but nothing is told: its library is not installed. Get it with: %s",
            folders.install_line("otel"),
        )
        return NoTracing()
    try:
        return OpenTelemetryTracing(_exporting())
    except Exception as err:  # noqa: BLE001  # The library's own; pictures are answered without it.
        names = ", ".join(sorted(name for name in os.environ if name.startswith("OTEL_")))
        _logger.warning(
            "OpenTelemetry's library refuses its variables, so nothing is told: %s. Mend one of these: %s", err, names
        )
        return NoTracing()


def _exporting() -> Tracer:
    """A tracer that sends its spans from a thread of its own; what cannot be sent is dropped."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=_resource())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("menagerie", __version__)


def _resource() -> Resource:
    """What the spans come from: as OpenTelemetry's variables say, else by our own name and version."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    ours = {"service.name": "menagerie", "service.version": __version__}
    return Resource.create({**ours, **OTELResourceDetector().detect().attributes})
