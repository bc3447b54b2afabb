"""How long SQLite waits for others: a second to read, five to write.

Readers and our own writers never wait for each other (WAL). Whoever cannot read has met a program that has the file to
itself, and may have it for long: a page says so at once. Writers take turns, and each is worth waiting for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

READ_S, WRITE_S = 1, 5

_WRITES = re.compile(r"\s*(?:BEGIN|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|VACUUM)\b", re.IGNORECASE)

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def teach() -> None:
    """Makes every SQLite connection of Django's wait longer for what writes; it is opened with the patience to read."""
    from django.db.backends.signals import connection_created  # Here: gunicorn's master reads the numbers alone.

    connection_created.connect(_teach_one, dispatch_uid=__name__)


def _teach_one(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "sqlite" and _patiently not in connection.execute_wrappers:
        connection.execute_wrappers.append(_patiently)


def _patiently(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if not _WRITES.match(sql):
        return execute(sql, params, many, context)
    connection = context["connection"].connection
    connection.execute(f"PRAGMA busy_timeout = {1000 * WRITE_S}")
    try:
        return execute(sql, params, many, context)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {1000 * READ_S}")
