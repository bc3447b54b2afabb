"""Django's configuration of the `drift` app."""

from __future__ import annotations

from django.apps import AppConfig


class DriftConfig(AppConfig):
    """The `drift` app."""

    name = "webui.drift"
    label = "drift"
