"""`python manage.py work`: does the jobs of the queue, one after the other, until it is stopped.

The server starts one beside itself; with MENAGERIE_WORKER=0 it does not, and this command can run elsewhere, on the
same data folder and database.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from webui.jobs import home, lease, worker_sign
from webui.jobs.home import HomeElsewhere

_PRIORITY = 10
_EVERY_S = 10.0

_logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """The command `work`."""

    help = "Does long work, such as dreams, one job after the other. The server does so by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        """Works until SIGTERM or Ctrl-C; a second one gives the job that runs back."""
        try:
            home.claim()
        except (HomeElsewhere, OSError) as err:
            raise CommandError(str(err)) from err
        os.nice(min(_PRIORITY, settings.ENVIRONMENT.job_nice))
        threading.Thread(target=_keep_signs, name="worker-signs", daemon=True).start()
        call_command("db_worker", reload=False, startup_delay=False, verbosity=0)


def _keep_signs() -> None:
    """Says that the worker is there, and takes up what one that died has left."""
    while True:
        try:
            worker_sign.give()
            lease.recover()
        except (OSError, DatabaseError) as err:
            _logger.warning("The worker cannot say that it is there: %s", err)
        finally:
            connection.close()
        threading.Event().wait(_EVERY_S)
