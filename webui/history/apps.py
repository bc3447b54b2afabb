"""Tells Django about this package."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HistoryConfig(AppConfig):
    """The `history` app."""

    name = "webui.history"
    verbose_name = _("History")

    def ready(self) -> None:
        """Sees to it that pictures go with their answers."""
        from webui.history import removal  # noqa: F401 - it listens from now on.
