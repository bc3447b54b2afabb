from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from webui.config import database, environment

ROOT = Path(__file__).resolve().parents[3]
URL = os.environ.get("DATABASE_URL", "")
needs_postgresql = pytest.mark.skipif(not URL.startswith("postgres"), reason="DATABASE_URL leads to no PostgreSQL")

PREPARE = "from webui.config import database, environment; database.prepare(environment.read_or_exit());"


def prepared(data: Path, then: str = "", **variables: str) -> str:
    """Runs what the master process runs before it forks, and more, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MENAGERIE_")}
    ours = {"MENAGERIE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "webui.config.settings"}
    command = [sys.executable, "-c", PREPARE + then]
    done = subprocess.run(
        command, cwd=ROOT, env=clean | ours | variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def configured(**variables: str) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        for name, value in variables.items():
            patch.setenv(name, value)
        return database.configuration(environment.read())


@pytest.mark.parametrize("name", ["d#1", "d?mode=memory", "100%25", "a b", "größe"])
def test_the_database_lies_in_the_data_folder_whatever_that_is_called(name: str, tmp_path: Path) -> None:
    data = tmp_path / name
    data.mkdir()

    entry = configured(MENAGERIE_DATA=str(data))

    with closing(sqlite3.connect(entry["NAME"], uri=True)) as connection:
        connection.execute("CREATE TABLE animals (name)")
    assert (data / "menagerie.sqlite3").stat().st_size
    assert list(tmp_path.iterdir()) == [data]


@pytest.mark.parametrize("start", ["sqlite:///", "sqlite:////"], ids=["one slash", "two slashes"])
def test_the_path_of_an_sqlite_file_is_written_as_in_a_url(start: str, tmp_path: Path) -> None:
    entry = configured(DATABASE_URL=f"{start}{tmp_path}/a%23b.sqlite3")

    sqlite3.connect(entry["NAME"], uri=True).close()
    assert [path.name for path in tmp_path.iterdir()] == ["a#b.sqlite3"]


@pytest.mark.slow
def test_nobody_else_on_the_machine_reads_the_database(tmp_path: Path) -> None:
    data = tmp_path / "var" / "menagerie"

    prepared(data, DATABASE_URL=f"sqlite:///{data}/menagerie.sqlite3")

    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "menagerie.sqlite3").stat().st_mode) == 0o600


@pytest.mark.slow
def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    file = tmp_path / "menagerie.sqlite3"
    prepared(tmp_path, DATABASE_URL=f"sqlite:///{file}")
    size = file.stat().st_size

    prepared(tmp_path, DATABASE_URL=f"sqlite:///{file}")

    assert (stat.S_IMODE(tmp_path.stat().st_mode), file.stat().st_size) == (0o750, size)


def test_while_postgresql_is_away_nobody_waits_long_and_each_who_comes_tries_again() -> None:
    pool = configured(DATABASE_URL="postgres://me@db/name")["OPTIONS"]["pool"]

    assert pool["timeout"] <= 3
    assert pool["reconnect_timeout"] <= 1


def test_connections_of_a_postgresql_that_was_restarted_are_not_used() -> None:
    assert configured(DATABASE_URL="postgres://me@db/name")["CONN_HEALTH_CHECKS"]


@pytest.mark.slow
def test_a_postgresql_that_cannot_be_reached_stops_the_start_with_its_own_reason(tmp_path: Path) -> None:
    url = "postgres://me:secret@127.0.0.1:1/name"
    catch = f"from webui.config import database, environment\ntry:\n  {PREPARE.split(';')[1].strip()}\n"
    catch += "except database.DatabaseUnusable as err:\n  print(err)"
    variables = os.environ | {"MENAGERIE_DATA": str(tmp_path), "DATABASE_URL": url}
    variables["DJANGO_SETTINGS_MODULE"] = "webui.config.settings"

    done = subprocess.run(
        [sys.executable, "-c", catch], cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60
    )

    assert "Connection refused" in done.stdout
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.asks_the_database
@needs_postgresql
def test_processes_that_are_forked_share_no_connection(tmp_path: Path) -> None:
    then = "from django.db.backends.postgresql.base import DatabaseWrapper; print(DatabaseWrapper._connection_pools)"

    assert prepared(tmp_path, then) == "{}\n"


@pytest.mark.asks_the_database
@needs_postgresql
def test_two_machines_that_start_at_once_take_turns(tmp_path: Path) -> None:
    # What one of them does alone, both would do: make the table of what has been migrated.
    then = """
from django.core.management import call_command
from django.db import connection
with database._alone():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS turns (number int)")
        cursor.execute("SELECT count(*) FROM turns WHERE number = 1")
        assert cursor.fetchone() == (0,)
        cursor.execute("INSERT INTO turns VALUES (1)")
        cursor.execute("SELECT pg_sleep(0.2)")
        cursor.execute("DELETE FROM turns")
print("done")
"""

    with ThreadPoolExecutor() as pool:
        said = list(pool.map(lambda number: prepared(tmp_path / str(number), then), range(2)))

    assert said == ["done\n", "done\n"]


@pytest.mark.django_db
def test_every_change_of_the_tables_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
