"""The watch over the database: nobody waits for it, and what is wrong is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.webui.conftest import SettingsOf
from tests.webui.fakes import at_once
from webui.history import database_watch
from webui.history.database_watch import DatabaseWatch, Finding


def refuse(*_: Any) -> None:
    raise OperationalError("unable to open database file")


def test_what_was_found_last_is_told_at_once_and_looked_at_again_after_a_while() -> None:
    now, found, begun = [0.0], ["It is gone."], list[Callable[[], object]]()

    def later(work: Callable[[], object], *, name: str) -> None:
        begun.append(work)

    watch = DatabaseWatch(lambda: Finding(found[0]), run=later, clock=lambda: now[0])

    asked = [watch.problem, watch.problem]
    begun[0]()
    asked.append(watch.problem)
    found[0], now[0] = "", 60.0
    asked.append(watch.problem)
    begun[1]()
    asked.append(watch.problem)

    assert asked == [None, None, "It is gone.", "It is gone.", ""]
    assert len(begun) == 2


def test_a_check_that_fails_itself_is_made_again() -> None:
    now, checks = [0.0], [lambda: 1 // 0, lambda: "It is gone."]
    watch = DatabaseWatch(lambda: Finding(str(checks.pop(0)())), run=at_once, clock=lambda: now[0])
    with pytest.raises(ZeroDivisionError):
        assert watch.problem is None
    now[0] = 60.0

    assert watch.problem == "It is gone."


@pytest.fixture
def open_connection(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's transaction would be over with its connection."""
    monkeypatch.setattr(connection, "close", lambda: None)


def test_a_database_that_works_is_no_problem(open_connection: None) -> None:
    assert database_watch.look() == Finding(None, can_be_read=True)


def test_a_database_that_refuses_is_one(open_connection: None) -> None:
    with connection.execute_wrapper(refuse):
        expected = Finding("The database cannot be used: unable to open database file.", can_be_read=False)
        assert database_watch.look() == expected


def test_a_database_that_can_only_be_read_is_one_that_keeps_nobody_waiting(open_connection: None) -> None:
    def refuse_to_write(execute: Any, sql: str, *rest: Any) -> Any:
        return execute(sql, *rest) if sql.startswith("SELECT") else refuse()

    with connection.execute_wrapper(refuse_to_write):
        found = database_watch.look()

    assert found.problem
    assert found.can_be_read


def test_a_full_disk_is_one_with_the_number(open_connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 3 * 2**20))

    assert database_watch.look().problem == "The disk of the data folder is full: 3.0 MB are left."


def test_a_data_folder_that_is_gone_is_one(open_connection: None, settings_of: SettingsOf, tmp_path: Any) -> None:
    settings_of(data=tmp_path / "gone")

    assert database_watch.look().problem == "The data folder cannot be used: No such file or directory."
