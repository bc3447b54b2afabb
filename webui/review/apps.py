"""Django's configuration of the `review` app."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """The `review` app."""

    name = "webui.review"
