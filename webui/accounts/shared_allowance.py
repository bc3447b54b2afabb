"""A rate limit that several servers share: one row of the database for each client, changed by one statement.

    spend -> INSERT ... ON CONFLICT DO UPDATE ... WHERE there is enough left -> a row: admitted | none: too much

Two servers that count the same client at the same moment take turns at its row. The time is the database's own, so
that clocks may differ. While the database cannot be used, each process counts for itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from math import ceil

from django.db import DatabaseError, InterfaceError, connection

from webui.accounts.models import Spent
from webui.problems import Throttled

_INEXACT_S = 1e-6
"""What sums of steps are inexact by."""
_NOW = {
    "postgresql": "EXTRACT(EPOCH FROM clock_timestamp())::float8",
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
}
_LATER = {"postgresql": "GREATEST", "sqlite": "MAX"}

_logger = logging.getLogger(__name__)


class SharedCounts:
    """When the allowance of each client of a name has grown again, kept in the database. Thread-safe."""

    def __init__(self, name: str, *, clock: Callable[[], float] | None = None) -> None:
        """Prepares.

        Args:
            name: of the allowance, in which clients are told apart.
            clock: the time in seconds since 1970; None: the database's own.
        """
        self._name = name
        self._clock = clock

    def spend(self, client: str, *, step_s: float, per_s: float) -> None:
        """Takes one step from a client's allowance.

        Raises:
            Throttled: there is none left.
            DatabaseError: the database cannot be used.
        """
        if not self._add(client, step_s, most_s=per_s + _INEXACT_S):
            raise Throttled(max(1, ceil(self._ahead_s(client) + step_s - per_s)))

    def charge(self, client: str, seconds: float) -> None:
        """Takes so much of a client's allowance, even if it is not there; raises `DatabaseError`."""
        self._add(client, seconds, most_s=1e12)

    def _add(self, client: str, seconds: float, *, most_s: float) -> bool:
        now, later = self._now(), _LATER[connection.vendor]
        grown = f"{later}(spent.full_at, {now})"
        statement = (
            f"INSERT INTO accounts_spent AS spent (client, full_at) VALUES (%s, {now} + %s)"  # noqa: S608 - all ours.
            f" ON CONFLICT (client) DO UPDATE SET full_at = {grown} + %s"
            f" WHERE {grown} + %s - {now} <= %s RETURNING full_at"
        )
        return self._asked(statement, [self._key(client), seconds, seconds, seconds, most_s]) is not None

    def _ahead_s(self, client: str) -> float:
        statement = f"SELECT full_at - {self._now()} FROM accounts_spent WHERE client = %s"  # noqa: S608 - as above.
        return self._asked(statement, [self._key(client)]) or 0.0

    def _now(self) -> str:
        return _NOW[connection.vendor] if self._clock is None else repr(float(self._clock()))

    def _key(self, client: str) -> str:
        return f"{self._name} {client}"[: Spent.MAX_CLIENT]

    def _asked(self, statement: str, values: list[str | float]) -> float | None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                row = cursor.fetchone()
        finally:
            if not connection.in_atomic_block:  # A request may wait long for its turn; others need a connection.
                connection.close()
        return None if row is None else float(row[0])


UNUSABLE = (DatabaseError, InterfaceError)
"""What a database raises that cannot be asked."""


def forget_full() -> None:
    """Forgets the clients whose allowance is full again."""
    if connection.vendor in _NOW:
        Spent.objects.filter(full_at__lt=time.time() - 3600).delete()
