"""Tells Django about this package."""

from __future__ import annotations

from django.apps import AppConfig


class VersionsConfig(AppConfig):
    """The `versions` app."""

    name = "webui.versions"
