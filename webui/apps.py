"""Django's configuration of the `webui` app, which wires the objects that a process shares."""

from __future__ import annotations

from django.apps import AppConfig

from webui import services
from webui.config import sqlite_patience


class WebuiConfig(AppConfig):
    """The `webui` app: templates, static files and translations."""

    name = "webui"

    def ready(self) -> None:
        """Tells `services` how to make the objects of a process, and SQLite how long to wait, once apps are loaded."""
        from webui import wiring  # It imports models.

        services.made_by(wiring.make)
        sqlite_patience.teach()
