"""Django's configuration of the `jobs` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """The `jobs` app."""

    name = "webui.jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Registers the signal that removes the files of a job with it."""
        from webui.jobs import folder  # noqa: F401 - it listens from now on.
