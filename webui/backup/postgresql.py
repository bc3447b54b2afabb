"""Copies a PostgreSQL with its own programs: pg_dump -> file -> pg_restore."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from recognizer.errors import OperatorError
from webui.config.environment import Environment

_CONNECT_TIMEOUT_S = 10


class ToolFailed(OperatorError):
    """The database is damaged, or PostgreSQL's own program is missing, or failed."""

    code = "tool_failed"
    title = "The database could not be copied"


def has_tables(environment: Environment) -> bool:
    """Whether a server has used this database.

    Raises:
        ToolFailed: it cannot be asked.
    """
    import psycopg

    try:
        with psycopg.connect(str(environment.database_url), connect_timeout=_CONNECT_TIMEOUT_S) as connection:
            return connection.execute("SELECT to_regclass('django_migrations')").fetchone() != (None,)
    except psycopg.Error as err:
        raise ToolFailed(f"PostgreSQL cannot be asked: {str(err).strip()}") from err


def dump(environment: Environment, path: Path) -> None:
    """Writes all that is in the database into a file.

    Raises:
        ToolFailed: it cannot be done.
    """
    _run(environment, "pg_dump", "--format=custom", "--no-owner", f"--file={path}")


def restore(environment: Environment, path: Path, *, aside: Path | None) -> None:
    """Takes all of a dump or nothing.

    Args:
        environment: says which database.
        path: the dump.
        aside: where to put another one of what is replaced; None where there is nothing.

    Raises:
        ToolFailed: it cannot be done, and nothing has changed.
    """
    if aside:
        dump(environment, aside)
    _run(environment, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", path)


def _run(environment: Environment, program: str, *arguments: str | Path) -> None:
    """Runs one of PostgreSQL's own programs; the password goes where other users of the machine cannot read it."""
    address = urlsplit(str(environment.database_url))
    login, at, host = address.netloc.rpartition("@")
    user, _, password = login.partition(":")
    url = urlunsplit(address._replace(netloc=f"{user}{at}{host}"))
    secret = {"PGPASSWORD": unquote(password)} if password else {}
    command = (program, f"--dbname={url}", *arguments)
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | secret)  # noqa: S603
    except FileNotFoundError as err:
        raise ToolFailed(f"{program} is missing: it comes with PostgreSQL's client programs.") from err
    except subprocess.CalledProcessError as err:
        raise ToolFailed(f"{program} failed: {err.stderr.strip().rpartition(chr(10))[2]}") from err
