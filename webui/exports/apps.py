"""Django's configuration of the `exports` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExportsConfig(AppConfig):
    """The `exports` app."""

    name = "webui.exports"
    verbose_name = _("Exports")

    def ready(self) -> None:
        """Says which command makes an export."""
        from webui.exports import command
        from webui.jobs import kinds

        kinds.register(command.KIND, kinds.Kind(command.command))
