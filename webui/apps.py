"""Django's start: says how the objects are made that a process shares."""

from __future__ import annotations

from django.apps import AppConfig

from webui import services


class WebuiConfig(AppConfig):
    """The `webui` app, which has the templates, the static files and the translations."""

    name = "webui"

    def ready(self) -> None:
        """Wires the process's objects, once all apps are loaded."""
        from webui import wiring  # It imports models.

        services.made_by(wiring.make)
