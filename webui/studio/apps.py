"""Django's configuration of the `studio` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudioConfig(AppConfig):
    """The `studio` app."""

    name = "webui.studio"
    verbose_name = _("Studio")

    def ready(self) -> None:
        """Says which commands train and compare, and that files go with their rows."""
        from webui.jobs import kinds
        from webui.studio import command, comparing, removal  # noqa: F401 - removal listens from now on.

        kinds.register(command.KIND, command.HOW)
        kinds.register(comparing.KIND, comparing.HOW)
