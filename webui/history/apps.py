"""Django's configuration of the `history` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HistoryConfig(AppConfig):
    """The `history` app."""

    name = "webui.history"
    verbose_name = _("History")

    def ready(self) -> None:
        """Registers the signal that removes a picture with its answer."""
        from webui.history import removal  # noqa: F401 - it listens from now on.
