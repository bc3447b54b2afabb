"""Django's configuration of the `dreams` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DreamsConfig(AppConfig):
    """The `dreams` app."""

    name = "webui.dreams"
    verbose_name = _("Dreams")

    def ready(self) -> None:
        """Says which command makes a dream, and that a dream goes with its picture."""
        from webui.dreams import command, removal  # noqa: F401 - removal listens from now on.
        from webui.jobs import kinds

        kinds.register(command.KIND, kinds.Kind(command.command))
