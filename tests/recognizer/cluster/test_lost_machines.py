"""What a machine that goes away has not answered is given to the others, without a row twice or missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

pytest.importorskip("ray", reason="needs the extra ray")

from recognizer.cluster import run
from recognizer.cluster.head import MachineLost
from recognizer.cluster.sources import Found

PATHS = [f"{number}.jpg" for number in range(6)]


def answered(done: Collection[str]) -> list[str]:
    rows = run.answers(Found([], []), done, Path("a.h5"), {}, cores=2, second_look=True)
    return [path for table in rows for path in table.column("path").to_pylist()]


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PAUSE_S", 0)


def test_each_picture_is_answered_once_though_machines_go_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_then_lost(_: Found, done: Collection[str], *__: Any, **___: Any) -> Iterator[pa.Table]:
        left = [path for path in PATHS if path not in done]
        yield from (pa.table({"path": [path]}) for path in left[:2])
        if len(left) > 2:
            raise MachineLost("It is gone.")

    monkeypatch.setattr(run, "_answers", two_then_lost)

    assert answered(["0.jpg"]) == PATHS[1:]


def test_where_none_comes_back_the_run_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> Iterator[pa.Table]:
        raise MachineLost("It is gone.")
        yield

    monkeypatch.setattr(run, "_answers", lost)

    with pytest.raises(MachineLost):
        answered([])
