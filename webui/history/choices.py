"""What there is to choose from in the history's filters, without reading the history.

Looks up the first value in an index, then the first one after it, and so on: some microseconds a value at any number
of rows, where SELECT DISTINCT reads them all. https://wiki.postgresql.org/wiki/Loose_indexscan
"""

from __future__ import annotations

from typing import Literal

from django.db import connection

from webui.history.models import Answer

_NEXT_VALUES = """
WITH RECURSIVE found(value) AS (
    SELECT MIN({column}) FROM {table}
    UNION ALL
    SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > found.value) FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL
"""


def kept(column: Literal["label", "model"]) -> list[str]:
    """Every class, or every model, that is somewhere in the history, in order. The column must begin an index."""
    statement = _NEXT_VALUES.format(column=column, table=Answer._meta.db_table)  # noqa: SLF001 - Django's own name.
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [str(value) for (value,) in cursor.fetchall()]
