"""`python manage.py check`: Django's own, and whether the storage of MENAGERIE_STORAGE can be used.

No system check: those run before other commands, too, which need no storage.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.check import Command as DjangosCheck

from webui.config.shared_storage import StorageUnusable


class Command(DjangosCheck):
    """The command `check`."""

    def handle(self, *app_labels: Any, **options: Any) -> None:
        """Tries the storage, then does as Django does.

        Raises:
            CommandError: with cause and cure.
        """
        if settings.ENVIRONMENT.storage is not None:
            from webui.config import object_storage  # It loads boto3.

            try:
                object_storage.check(settings.ENVIRONMENT.storage)
            except StorageUnusable as err:
                raise CommandError(str(err)) from err
        super().handle(*app_labels, **options)
