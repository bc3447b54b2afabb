"""What OpenTelemetry is told of a request, read from its own in-memory exporter."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from recognizer import Recognizer
from tests.webui.fakes import image_file, other_file, share
from webui.tracing import spans
from webui.tracing.spans import NoTracing, OpenTelemetryTracing

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def told(served: Recognizer, monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans of a server that tells OpenTelemetry."""
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    share(tracing=OpenTelemetryTracing(provider.get_tracer("test")))
    yield exporter
    provider.shutdown()


@pytest.fixture
def traced(told: InMemorySpanExporter) -> Client:
    """Its client; the middleware is made anew, for the variable says whether there is one."""
    client = Client(raise_request_exception=False)
    client.handler.load_middleware()
    return client


def by_name(told: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in told.get_finished_spans()}


def test_a_request_with_a_picture_has_its_stages_in_it(traced: Client, told: InMemorySpanExporter, kept: None) -> None:
    traced.post("/api/v1/classify", {"image": image_file()}, headers={"traceparent": CALLER})

    found = by_name(told)
    request = found["POST /api/v1/classify"]
    assert set(found) == {"POST /api/v1/classify", "wait", "decode", "network"}
    assert request.parent is not None
    assert f"{request.parent.span_id:x}" == "b7ad6b7169203331"
    assert {span.parent.span_id for name, span in found.items() if span.parent and span is not request} == {
        request.context.span_id
    }
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/api/v1/classify",
        "http.response.status_code": 200,
    }


def test_what_is_written_into_the_history_is_told(told: InMemorySpanExporter) -> None:
    from webui.history.recorder import Recorder

    Recorder(lambda _entries: None)._keep([])

    assert dict(by_name(told)["history"].attributes or {}) == {"answers": 0}


def test_nothing_personal_is_told(traced: Client, told: InMemorySpanExporter) -> None:
    address = "/shared/the-token-of-somebody/?name=mia"
    traced.post("/api/v1/classify", {"image": other_file("mia-at-home.jpg")}, REMOTE_ADDR="192.0.2.7")
    traced.get(address, headers={"User-Agent": "Mia's telephone", "Cookie": "a=secret"})

    everything = " ".join(span.to_json() for span in told.get_finished_spans())
    for secret in ("mia", "192.0.2.7", "the-token", "secret", "telephone"):
        assert secret not in everything.lower()


def test_a_method_that_a_client_made_up_is_not_told(traced: Client, told: InMemorySpanExporter) -> None:
    traced.generic("MADE-UP", "/nowhere/")

    assert set(by_name(told)) == {"_OTHER"}


def test_a_fault_is_told_as_one(traced: Client, told: InMemorySpanExporter) -> None:
    share(listing=None)
    traced.get("/models/")

    assert not by_name(told)["GET /models/"].status.is_ok


@pytest.mark.parametrize(
    "variables", [{}, {ENDPOINT: ""}, {ENDPOINT: "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}]
)
def test_nothing_is_told_where_it_was_not_asked_for(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert isinstance(spans.make(), NoTracing)


def test_a_library_that_is_missing_is_said_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(spans, "find_spec", lambda _name: None)

    said = said_without_tracing(monkeypatch, caplog)

    assert "its library is not installed. Get it with: " in said
    assert "pip install" in said


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("OTEL_BSP_SCHEDULE_DELAY", "0", "must be positive"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096", "less than or equal to"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many", "non-negative"),
    ],
)
def test_a_value_that_the_library_refuses_is_said_and_stops_nothing(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=the-secret")

    said = said_without_tracing(monkeypatch, caplog)

    assert name in said
    assert reason in said
    assert "the-secret" not in said


def said_without_tracing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> str:
    """What the log says where spans are asked for, and none are told."""
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    logger = logging.getLogger("webui")
    logger.addHandler(caplog.handler)
    try:
        assert isinstance(spans.make(), NoTracing)
    finally:
        logger.removeHandler(caplog.handler)
    return caplog.text


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "menagerie"),
        ({"OTEL_SERVICE_NAME": ""}, "menagerie"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=animals,team=farm"}, "animals"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=animals", "OTEL_SERVICE_NAME": "cats"}, "cats"),
    ],
)
def test_the_server_is_called_what_opentelemetrys_variables_say(
    variables: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)

    assert spans._resource().attributes["service.name"] == name


@pytest.mark.slow
def test_a_server_that_tells_nothing_does_not_load_it(tmp_path: Path) -> None:
    code = "import django, sys; django.setup(); from webui import wiring; wiring.make(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_plain(tmp_path)
    )

    loaded = done.stdout.split()
    assert "webui.tracing.spans" in loaded
    assert "opentelemetry" not in loaded


def _plain(data: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MENAGERIE_", "OTEL_"))}
    return clean | {"MENAGERIE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "webui.config.settings"}
