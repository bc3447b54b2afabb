"""Spans for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT is set: spans -> middleware, inference, history."""
