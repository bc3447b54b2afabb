"""`manage.py backup FILE`: all that a server keeps, in one file, while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recognizer.errors import MenagerieError
from webui.backup import archive


class Command(BaseCommand):
    """The command `backup`."""

    help = "Writes database, pictures, keys and models into one tar file, while the server runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the file and the option."""
        parser.add_argument("file", metavar="FILE", type=Path, help="where to, such as menagerie.tar")
        parser.add_argument("--no-models", action="store_true", help="leave out the model files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes the archive, and says what is in it."""
        path: Path = options["file"].absolute()
        if not path.parent.is_dir():
            raise CommandError(f"There is no folder {path.parent}. Make it, or name another one.", returncode=2)
        try:
            found = archive.write(settings.ENVIRONMENT, path, models=not options["no_models"])
        except (MenagerieError, OSError) as err:
            raise CommandError(f"{str(err).rstrip('.')}. Nothing was written.") from err
        models = ", ".join(found.models) or "none"
        size = path.stat().st_size / 1e6
        self.stdout.write(f"Written: {path}, {size:.0f} MB: {found.pictures} pictures; models: {models}.")
        if settings.ENVIRONMENT.storage is not None:
            self.stdout.write(
                "What MENAGERIE_STORAGE has is not in it: keep copies of that by the storage's own means."
            )
        self.stdout.write("It has the server's keys in it: keep it where nobody else reads it.")
