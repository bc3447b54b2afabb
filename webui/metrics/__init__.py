"""Figures for Prometheus: requests, pictures, stages, memory -> meters -> /metrics."""
