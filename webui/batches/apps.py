"""Django's configuration of the `batches` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BatchesConfig(AppConfig):
    """The `batches` app."""

    name = "webui.batches"
    verbose_name = _("Batches")

    def ready(self) -> None:
        """Says which command answers a batch."""
        from webui.batches import command
        from webui.jobs import kinds

        kinds.register(command.KIND, command.HOW)
