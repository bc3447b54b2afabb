"""`manage.py backup FILE`: all that a server keeps, in one file, while it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recognizer.errors import MenagerieError
from webui.backup import archive
from webui.backup.server_files import Contents

PIPE = "-"


class Command(BaseCommand):
    """The command `backup`."""

    help = "Writes database, pictures, keys and models into one tar file, while the server runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the file and the option."""
        parser.add_argument("file", metavar="FILE", help="where to, such as menagerie.tar; - is standard output")
        parser.add_argument("--no-models", action="store_true", help="leave out the model files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes the archive, and says what is in it."""
        to_pipe = options["file"] == PIPE
        try:
            if to_pipe:
                found, what = _into_pipe(models=not options["no_models"]), "Written"
            else:
                path = Path(options["file"]).absolute()
                found = _into_file(path, models=not options["no_models"])
                what = f"Written: {path}, {path.stat().st_size / 1e6:.0f} MB"
        except (MenagerieError, OSError) as err:
            end = "What was written is no backup" if to_pipe else "Nothing was written"
            raise CommandError(f"{str(err).rstrip('.')}. {end}.") from err
        models = ", ".join(found.models) or "none"
        lines = [f"{what}: {found.pictures} pictures; models: {models}."]
        if settings.ENVIRONMENT.storage is not None:
            lines.append("What MENAGERIE_STORAGE has is not in it: keep copies of that by the storage's own means.")
        lines.append("It has the server's keys in it: keep it where nobody else reads it.")
        for line in lines:
            (self.stderr if to_pipe else self.stdout).write(line, style_func=str)  # Not in red: it is no error.


def _into_file(path: Path, *, models: bool) -> Contents:
    if not path.parent.is_dir():
        raise CommandError(f"There is no folder {path.parent}. Make it, or name another one.", returncode=2)
    return archive.write(settings.ENVIRONMENT, path, models=models)


def _into_pipe(*, models: bool) -> Contents:
    if sys.stdout.isatty():
        raise CommandError("Standard output is a terminal. Add: > menagerie.tar", returncode=2)
    found = archive.write_stream(settings.ENVIRONMENT, sys.stdout.buffer, models=models)
    sys.stdout.buffer.flush()
    return found
