"""Features that are kept on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.network import feature_cache
from training.network.feature_cache import FeatureCache


def row(number: float, length: int = 4) -> np.ndarray:
    return np.full(length, number, np.float32)


def test_what_was_put_in_is_there(tmp_path: Path) -> None:
    FeatureCache(tmp_path / "deep" / "f.sqlite3").put({b"a": row(1), b"b": row(2)})

    found = FeatureCache(tmp_path / "deep" / "f.sqlite3").get([b"a", b"c"])

    assert {key: numbers.tolist() for key, numbers in found.items()} == {b"a": [1, 1, 1, 1]}


def test_more_keys_than_sqlite_takes_at_once(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "f.sqlite3")
    rows = {bytes([a, b]): row(a) for a in range(40) for b in range(40)}
    cache.put(rows)

    assert len(cache.get(list(rows))) == 1600


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 1
        return now

    monkeypatch.setattr(feature_cache.time, "time", clock)
    cache = FeatureCache(tmp_path / "f.sqlite3", limit_bytes=400_000)
    for number in range(8):
        cache.put({bytes([number]): row(number, 10_000)})
    cache.get([b"\x00"])
    cache.put({b"\x08": row(8, 10_000), b"\x09": row(9, 10_000)})

    found = cache.get([bytes([number]) for number in range(10)])

    assert b"\x00" in found
    assert b"\x09" in found
    assert b"\x01" not in found


def test_a_full_cache_keeps_most_of_what_it_may(tmp_path: Path) -> None:
    limit_bytes, row_bytes = 2_000_000, 4 * 1000
    cache = FeatureCache(tmp_path / "f.sqlite3", limit_bytes=limit_bytes)
    keys = [number.to_bytes(2) for number in range(1600)]
    kept = []
    for start in range(0, len(keys), 32):
        cache.put({key: row(start, 1000) for key in keys[start : start + 32]})
        kept.append(len(FeatureCache(tmp_path / "f.sqlite3").get(keys)))

    full = kept[len(kept) // 2 :]
    assert min(full) * row_bytes > 0.6 * limit_bytes
    assert max(full) * row_bytes <= limit_bytes
    assert (tmp_path / "f.sqlite3").stat().st_size < 1.1 * limit_bytes


def test_a_file_that_is_no_table_holds_nothing_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "f.sqlite3").write_bytes(b"no table at all" * 100)
    cache = FeatureCache(tmp_path / "f.sqlite3")

    cache.put({b"a": row(1)})

    assert cache.get([b"a"]) == {}


def test_a_folder_that_cannot_be_made_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = FeatureCache(tmp_path / "file" / "f.sqlite3")

    cache.put({b"a": row(1)})

    assert cache.get([b"a"]) == {}


def test_it_lies_in_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = feature_cache.user_cache()
    assert cache is not None

    cache.put({b"a": row(1)})

    assert (tmp_path / "menagerie" / "features.sqlite3").is_file()
