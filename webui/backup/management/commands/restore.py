"""`manage.py restore FILE`: puts back what `backup` wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from recognizer.errors import CallerError, MenagerieError
from webui.backup import archive
from webui.backup.management.commands.backup import PIPE


class Command(BaseCommand):
    """The command `restore`."""

    help = "Puts back what backup wrote. Stop the server first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the file and the option."""
        parser.add_argument("file", metavar="FILE", help="what backup wrote; - is standard input")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="move aside what is there already, into a folder before-restore-... of the data folder",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restores, and says what."""
        connections.close_all()
        try:
            if options["file"] == PIPE:
                found = archive.read_stream(settings.ENVIRONMENT, sys.stdin.buffer, replace=options["replace"])
            else:
                path = Path(options["file"]).absolute()
                found = archive.read(settings.ENVIRONMENT, path, replace=options["replace"])
        except CallerError as err:
            raise CommandError(str(err), returncode=2) from err
        except (MenagerieError, OSError) as err:
            raise CommandError(str(err)) from err
        for name in found.kept:
            self.stderr.write(f"Left as it is, for it is there already with other contents: {name}")
        models = ", ".join(found.models) or "none"
        self.stdout.write(f"Restored: {found.pictures} pictures; models: {models}. Start the server now.")
