"""Which database there is, and brings it up to date before the server starts.

DATABASE_URL -> PostgreSQL
nothing      -> SQLite, a file in the data folder; readers and the writer do not wait for each other (WAL)
"""

from __future__ import annotations

from typing import Any

import dj_database_url
from filelock import FileLock

from recognizer.errors import OperatorError
from webui.environment import Environment

_LOCK_TIMEOUT_S = 120
# A writer waits so long for the others before it gives up.
_BUSY_TIMEOUT_S = 20
_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000;"


class DatabaseUnusable(OperatorError):
    """The database cannot be reached, or not be brought up to date."""

    code = "database_unusable"
    title = "The database cannot be used"


def configuration(environment: Environment) -> dict[str, Any]:
    """The entry for Django's `DATABASES`."""
    url = environment.database_url or f"sqlite:///{environment.data / 'menagerie.sqlite3'}"
    found: dict[str, Any] = {**dj_database_url.parse(url)}
    if str(found["ENGINE"]).endswith("sqlite3"):
        # A transaction takes the right to write when it begins: one that asks for it later fails if another was faster.
        found["OPTIONS"] = {"timeout": _BUSY_TIMEOUT_S, "transaction_mode": "IMMEDIATE", "init_command": _PRAGMAS}
    else:
        # Threads come and go; what stays open is what is in use. A connection that the database has dropped, as at its
        # restart, is replaced before it is used.
        found["CONN_HEALTH_CHECKS"] = True
        found["OPTIONS"] = {**found.get("OPTIONS", {}), "pool": {"min_size": 0, "max_size": 10, "timeout": 10}}
    return found


def prepare(environment: Environment) -> None:
    """Makes what is missing: the data folder, and tables and columns. Several servers that start at once take turns.

    Raises:
        DatabaseUnusable: with what to do about it.
    """
    import django
    from django.core.management import call_command
    from django.db import DatabaseError, connections

    try:
        environment.data.mkdir(parents=True, exist_ok=True)
        with FileLock(environment.data / ".migrate.lock", timeout=_LOCK_TIMEOUT_S):
            django.setup()
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    except (OSError, DatabaseError) as err:
        where = "DATABASE_URL" if environment.database_url else str(environment.data)
        raise DatabaseUnusable(f"The database ({where}) cannot be used: {str(err).strip()}") from err
    finally:
        connections.close_all()  # None may be shared with the processes that are forked.
