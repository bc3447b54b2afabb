"""`python manage.py take_long_work`: makes this server the one on which long work and Studio lie."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from webui.jobs import home


class Command(BaseCommand):
    """The command `take_long_work`."""

    help = "Of several servers, makes this one do the long work, after the data folder of the other was copied here."

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes this data folder's id into the database."""
        home.claim(anew=True)
        self.stdout.write(
            "Long work and Studio lie in this server's data folder from now on. Start it with MENAGERIE_WORKER=1."
        )
