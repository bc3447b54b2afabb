"""Django's configuration of the `webui` app, which wires the objects that a process shares."""

from __future__ import annotations

from django.apps import AppConfig

from webui import services


class WebuiConfig(AppConfig):
    """The `webui` app: templates, static files and translations."""

    name = "webui"

    def ready(self) -> None:
        """Tells `services` how to make the objects of a process, once all apps are loaded."""
        from webui import wiring  # It imports models.

        services.made_by(wiring.make)
