"""Django's configuration of the `versions` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VersionsConfig(AppConfig):
    """The `versions` app."""

    name = "webui.versions"
    verbose_name = _("Models")
