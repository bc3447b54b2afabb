"""`python manage.py forget_model animals-2`: removes a version from all of several servers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recognizer.errors import MenagerieError
from webui.config import shared_storage
from webui.versions import following


class Command(BaseCommand):
    """The command `forget_model`."""

    help = "Removes a version from all servers that share MENAGERIE_STORAGE, and from the storage."

    def add_arguments(self, parser: CommandParser) -> None:
        """Takes the name of the version."""
        parser.add_argument("version", help="such as animals-2")

    def handle(self, *args: Any, **options: Any) -> None:
        """Removes it; each server removes its files within seconds."""
        storage, stem = shared_storage.current(), options["version"]
        if storage is None:
            raise CommandError("MENAGERIE_STORAGE is not set: remove the files from the models folder.")
        try:
            found = following.forget(storage, stem)
        except (MenagerieError, OSError) as err:
            raise CommandError(str(err)) from err
        if not found:
            raise CommandError(f"The servers share no version {stem!r}.")
        self.stdout.write(f"{stem} is removed from all servers.")
