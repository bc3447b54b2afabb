"""`python manage.py enforce_retention`: removes what the history may not keep any longer, and says what."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webui.history import retention


class Command(BaseCommand):
    """The command `enforce_retention`."""

    help = "Removes what MENAGERIE_KEEP_DAYS and MENAGERIE_KEEP_GB do not allow to be kept. The server does so hourly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds `--dry-run`."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Removes what is too old or too much, and says how much it was."""
        removed = retention.enforce(dry_run=options["dry_run"])
        verb = "Would remove" if options["dry_run"] else "Removed"
        self.stdout.write(
            f"{verb} {removed.too_old} too old, {removed.over_the_limit} over the limit, "
            f"{removed.orphans} pictures without an answer."
        )
