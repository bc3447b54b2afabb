"""The feature cache: keeps the features of pictures on disk, so that none are computed twice.

A table of one SQLite file: several trainings may use it at once, one that is killed leaves it whole, and what has not
been used for longest goes when it grows too large.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recognizer import folders

Floats = npt.NDArray[np.float32]

_NAME = "features.sqlite3"
_LIMIT_BYTES = 2 * 10**9
_ASKED_AT_ONCE = 500
_WAIT_S = 30.0


class Cache(Protocol):
    """Keeps features by key."""

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Floats]:
        """The features of those of `keys` that are kept."""

    def put(self, rows: Mapping[bytes, Floats]) -> None:
        """Keeps features."""


class FeatureCache:
    """Features by key, in a file; one that cannot be used counts as empty, silently."""

    def __init__(self, path: Path, *, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._path = path
        self._limit_bytes = limit_bytes

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Floats]:
        """The features of those of `keys` that are in the cache."""
        found: dict[bytes, Floats] = {}
        if not self._path.exists():
            return found
        with suppress(sqlite3.Error, ValueError, TypeError), self._opened() as table:
            for start in range(0, len(keys), _ASKED_AT_ONCE):
                some = keys[start : start + _ASKED_AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = table.execute(f"SELECT key, numbers FROM features WHERE key IN ({marks})", some)  # noqa: S608
                found |= {key: np.frombuffer(numbers, np.float32) for key, numbers in rows}
                table.execute(f"UPDATE features SET used = ? WHERE key IN ({marks})", (time.time(), *some))  # noqa: S608
        return found

    def put(self, rows: Mapping[bytes, Floats]) -> None:
        """Adds features, all of them or none."""
        now = time.time()
        entries = [(key, now, np.asarray(row, np.float32).tobytes()) for key, row in rows.items()]
        with suppress(sqlite3.Error, OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._opened() as table:
                table.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", entries)
                self._make_room(table)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as table, table:
            table.execute("CREATE TABLE IF NOT EXISTS features (key BLOB PRIMARY KEY, used REAL, numbers BLOB)")
            yield table

    def _make_room(self, table: sqlite3.Connection) -> None:
        """A quarter goes at once: to look for the oldest takes as long as to read them all."""
        if _used_bytes(table) <= self._limit_bytes:
            return
        (count,) = table.execute("SELECT count(*) FROM features").fetchone()
        table.execute(
            "DELETE FROM features WHERE key IN (SELECT key FROM features ORDER BY used LIMIT ?)", (count // 4 + 1,)
        )


def _used_bytes(table: sqlite3.Connection) -> int:
    """What the rows take: the file itself never shrinks, and rows to come take the pages of those that went."""
    pages, free, size = (
        table.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


class FeaturesInMemory:
    """Features that several trainings of a process share; what is not among them is looked for in a cache behind."""

    def __init__(self, rows: Mapping[bytes, Floats] | None = None, behind: Cache | None = None) -> None:
        self.rows: dict[bytes, Floats] = dict(rows or {})
        self._behind = behind

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Floats]:
        """The features of those of `keys` that are kept."""
        others = [key for key in keys if key not in self.rows]
        if self._behind and others:
            self.rows |= self._behind.get(others)
        return {key: self.rows[key] for key in keys if key in self.rows}

    def put(self, rows: Mapping[bytes, Floats]) -> None:
        """Keeps features, here and behind."""
        self.rows |= rows
        if self._behind:
            self._behind.put(rows)


def user_cache() -> FeatureCache | None:
    """The feature cache in the cache folder of whoever runs this; None where they have no such folder."""
    folder = folders.cache()
    return FeatureCache(folder / _NAME) if folder else None
