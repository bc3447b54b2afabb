"""A page does not wait long for a file that another program has to itself; what is written waits its turn."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from webui.config import database, sqlite_patience
from webui.config.environment import Environment


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "menagerie.sqlite3"


@pytest.fixture
def ours(file: Path, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseWrapper]:
    """A connection as the server has it, to a database of one table."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    entry = database.configuration(Environment(MENAGERIE_DATA=str(file.parent)))
    handler = ConnectionHandler({"default": entry})
    connection = handler["default"]
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE answers (number int)")
        yield connection
        connection.close()


@pytest.fixture
def theirs(file: Path, ours: DatabaseWrapper) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as connection:
        yield connection


def have_it_alone(theirs: sqlite3.Connection) -> None:
    theirs.execute("PRAGMA locking_mode = EXCLUSIVE")
    theirs.execute("BEGIN EXCLUSIVE")


def test_a_reader_waits_a_second_for_a_program_that_has_the_file_to_itself(
    ours: DatabaseWrapper, theirs: sqlite3.Connection
) -> None:
    ours.close()  # Each request has a connection of its own.
    have_it_alone(theirs)

    began = time.monotonic()

    with pytest.raises(OperationalError, match="locked"), ours.cursor() as cursor:
        cursor.execute("SELECT * FROM answers")

    assert time.monotonic() - began > 0.8


def test_a_reader_does_not_wait_for_a_writer(ours: DatabaseWrapper, theirs: sqlite3.Connection) -> None:
    theirs.execute("BEGIN IMMEDIATE")  # For good: who waits for it finds the file locked.

    with ours.cursor() as cursor:
        assert cursor.execute("SELECT * FROM answers").fetchall() == []


@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_writer_waits_longer_than_a_reader_for_another(
    ours: DatabaseWrapper, theirs: sqlite3.Connection, in_transaction: bool
) -> None:
    theirs.execute("BEGIN IMMEDIATE")
    done = threading.Timer(sqlite_patience.READ_S + 0.7, theirs.execute, ["COMMIT"])
    done.start()

    with ours.cursor() as cursor:
        if in_transaction:
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("INSERT INTO answers VALUES (1)")
        if in_transaction:
            cursor.execute("COMMIT")

    done.join()
    assert ours.cursor().execute("SELECT number FROM answers").fetchall() == [(1,)]


def test_after_a_write_reading_has_its_own_patience_again(ours: DatabaseWrapper) -> None:
    with ours.cursor() as cursor:
        cursor.execute("INSERT INTO answers VALUES (1)")
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (1000 * sqlite_patience.READ_S,)


def test_a_connection_is_taught_once(ours: DatabaseWrapper) -> None:
    for _ in range(3):
        ours.close()
        ours.ensure_connection()

    assert len(ours.execute_wrappers) == 1
