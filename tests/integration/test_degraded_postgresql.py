"""A real server loses its PostgreSQL and gets it back; where the programs of one are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.integration.slow_server import until
from tests.integration.test_degraded import keeping
from webui.backup import archive
from webui.backup.postgresql import ToolFailed
from webui.backup.server_files import InTheWay

pytestmark = pytest.mark.slow


class PostgreSQL:
    """A PostgreSQL of one's own, on a socket in a folder of its own; see .ci/with-postgresql."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._data = str(folder / "data")
        self.run("initdb", "-D", self._data, "-U", "menagerie", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.run("createdb", "-h", str(folder), "-U", "menagerie", "menagerie")

    @property
    def url(self) -> str:
        return f"postgres://menagerie@{str(self._folder).replace('/', '%2F')}/menagerie"

    def run(self, program: str, *arguments: str) -> None:
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # It refuses to run as root.
        command = [*as_postgres, str(self._programs / program), *arguments]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self.url) as connection:
            found = connection.execute(cast("Any", statement))
            return found.fetchall() if found.description else []

    def start(self) -> None:
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-D", self._data, "-l", str(self._folder / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")


@pytest.fixture
def postgresql() -> Iterator[PostgreSQL]:
    pytest.importorskip("psycopg")
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/"), default=None, key=lambda path: int(path.parent.name))
    if programs is None or not (programs / "initdb").exists():
        pytest.skip("PostgreSQL is not installed: .ci/with-postgresql true")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        folder.chmod(0o755)  # The server, too, finds the socket.
        found = PostgreSQL(programs, folder)
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder)


def test_a_postgresql_that_is_stopped_costs_what_needs_it(postgresql: PostgreSQL, tmp_path: Path, jpeg: bytes) -> None:
    with keeping(tmp_path, DATABASE_URL=postgresql.url) as server:
        assert server.classify(jpeg)
        postgresql.stop()
        until(lambda: "database cannot be used" in server.problem)

        assert server.classify(jpeg) is None
        pages = ["/", "/account/login/", "/history/", "/models/", "/api/v1/history"]
        assert [server.status(page) for page in pages] == [200, 200, 503, 503, 503]
        assert server.status_of_a_login() == 503

        postgresql.start()
        until(lambda: server.problem == "")
        until(lambda: server.classify(jpeg) is not None)
        assert server.status("/history/") == 200


def test_what_is_in_a_postgresql_is_restored_over_only_if_that_is_wanted(
    postgresql: PostgreSQL, tmp_path: Path, settings: Any
) -> None:
    places = {"data": tmp_path / "var", "models": tmp_path / "models"}
    environment = settings.ENVIRONMENT.model_copy(update={"database_url": postgresql.url, **places})
    environment.data.mkdir()
    postgresql.execute("CREATE TABLE django_migrations (name text)")
    archive.write(environment, tmp_path / "all.tar")
    postgresql.execute("INSERT INTO django_migrations VALUES ('later')")

    with pytest.raises(InTheWay, match="has data already"):
        archive.read(environment, tmp_path / "all.tar")
    assert postgresql.execute("SELECT name FROM django_migrations") == [("later",)]
    archive.read(environment, tmp_path / "all.tar", replace=True)

    assert postgresql.execute("SELECT name FROM django_migrations") == []
    [aside] = environment.data.glob("before-restore-*")
    assert (aside / "database.dump").stat().st_size
    postgresql.stop()
    with pytest.raises(ToolFailed, match="PostgreSQL cannot be asked"):
        archive.read(environment, tmp_path / "all.tar", replace=True)
    postgresql.start()
