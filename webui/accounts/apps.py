"""Django's configuration of the `accounts` app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """The `accounts` app."""

    name = "webui.accounts"
    verbose_name = _("Accounts")
