"""Which database there is, and brings it up to date before the server starts.

DATABASE_URL -> PostgreSQL
nothing      -> SQLite, a file in the data folder; readers and the writer do not wait for each other (WAL)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dj_database_url
from filelock import FileLock

from recognizer.errors import OperatorError
from webui.config import data_folder, sqlite_patience
from webui.config.environment import Environment

_SQLITE = "django.db.backends.sqlite3"
_LOCK_TIMEOUT_S = 120
_KNOCK_TIMEOUT_S = 10
# Any number that nobody else locks in the same database.
_ADVISORY_LOCK = 0x6D656E61
# Threads come and go; what stays open is what is in use. While PostgreSQL is away a request waits for 3 s in vain, and
# whoever comes after it tries again: by itself the pool would, after a minute, try once a minute.
_POOL = {"min_size": 0, "max_size": 10, "timeout": 3, "reconnect_timeout": 1}
# What is deleted is overwritten; the upkeep of the history empties the log of changes (WAL), which has it too.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000; PRAGMA secure_delete = ON;"
)


class DatabaseUnusable(OperatorError):
    """The database cannot be reached, or not be brought up to date."""

    code = "database_unusable"
    title = "The database cannot be used"


def configuration(environment: Environment) -> dict[str, Any]:
    """The entry for Django's `DATABASES`."""
    file = sqlite_file(environment)
    return _of_postgresql(str(environment.database_url)) if file is None else _of_sqlite(file)


def sqlite_file(environment: Environment) -> Path | None:
    """The file of the database; None for PostgreSQL."""
    if environment.database_url is None:
        return environment.data / "menagerie.sqlite3"
    found = dj_database_url.parse(environment.database_url)
    return Path(found["NAME"]).absolute() if found["ENGINE"] == _SQLITE else None


def _of_sqlite(file: Path) -> dict[str, Any]:
    with suppress(OSError):  # Whoever connects says what is wrong.
        data_folder.make_file(file)
    return {
        "ENGINE": _SQLITE,
        # SQLite would make a new one, readable for everybody, where somebody has removed it.
        "NAME": f"file://{quote(os.fsencode(file))}?mode=rw",
        "OPTIONS": {
            "timeout": sqlite_patience.READ_S,
            # A transaction takes the right to write when it begins: one that asks later fails if another was faster.
            "transaction_mode": "IMMEDIATE",
            "init_command": _PRAGMAS,
        },
    }


def _of_postgresql(url: str) -> dict[str, Any]:
    found = dj_database_url.parse(url)
    return {
        **found,
        "CONN_HEALTH_CHECKS": True,  # Those that were open when PostgreSQL was restarted are of no use.
        "OPTIONS": {**found.get("OPTIONS", {}), "pool": _POOL},
    }


def prepare(environment: Environment) -> None:
    """Makes what is missing: the data folder, and tables and columns. Several servers that start at once take turns.

    Raises:
        DatabaseUnusable: with what to do about it.
    """
    import django
    from django.core.management import call_command
    from django.db import DatabaseError

    try:
        data_folder.make(environment.data)
        with FileLock(environment.data / ".migrate.lock", timeout=_LOCK_TIMEOUT_S):
            django.setup()
            _make_file(environment)
            _knock()
            with _alone():
                call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    except (OSError, DatabaseError) as err:
        where = "DATABASE_URL" if environment.database_url else str(environment.data)
        raise DatabaseUnusable(f"The database ({where}) cannot be used: {str(err).strip()}") from err
    finally:
        let_go()


def _make_file(environment: Environment) -> None:
    file = sqlite_file(environment)
    if file is not None:
        data_folder.make_file(file)


def _knock() -> None:
    """Connects once without the pool, which would not say why it cannot."""
    from django.db import connection

    if connection.vendor == "postgresql":
        import psycopg

        parameters = {"connect_timeout": _KNOCK_TIMEOUT_S} | connection.get_connection_params()
        with connection.wrap_database_errors:
            psycopg.connect(**parameters).close()


@contextmanager
def _alone() -> Iterator[None]:
    """Other machines that use the same PostgreSQL wait meanwhile."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])


def let_go() -> None:
    """Ends all connections: two processes that are forked would talk over the same one."""
    from django.db import connections

    connections.close_all()
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]  # Only this one has it.
