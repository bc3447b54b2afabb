"""A real server loses its database and its disk, and gets them back: pictures are answered all the while."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from benchmarks.servers import free_port
from tests.integration.browser import Browser
from tests.integration.conftest import ROOT, clean_environment, wait_until_ready
from tests.integration.slow_server import until
from tests.recognizer.images.test_libtiff import damaged

pytestmark = pytest.mark.slow

# For root no file is read-only, unless it gives that up.
_BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


class Server:
    """A server that keeps a history, and a browser before it."""

    def __init__(self, folder: Path, port: int, pid: int) -> None:
        self.database = folder / "data" / "menagerie.sqlite3"
        self.log = folder / "log"
        self.port = port
        self._url = f"http://127.0.0.1:{port}"
        self._pid = pid
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def status(self, path: str) -> int:
        try:
            with self._browser.open(f"{self._url}{path}", timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as err:
            return err.code

    def status_of_a_login(self) -> int:
        """With a wrong password, which is written down."""
        browser = Browser(self._url, ("127.0.0.1", self.port))
        token = browser.token(browser.get("/account/login/"))
        return browser.post("/account/login/", {"username": "ada", "password": "wrong", **token}).status

    def json(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(f"{self._url}{path}", data=body, headers={"Content-Type": "image/jpeg"})
        request.add_header("Origin", self._url)
        with self._browser.open(request, timeout=60) as answer:
            return json.load(answer)

    def classify(self, jpeg: bytes) -> str | None:
        """The id of the answer; None where it is not kept."""
        found: str | None = self.json("/api/v1/classify", jpeg)["predictions"][0].get("id")
        return found

    @property
    def problem(self) -> str:
        ready = self.json("/readyz")
        assert ready["status"] == "ready"
        return str(ready.get("problem", ""))

    def allow_files_of(self, size_bytes: int) -> None:
        """What the worker may write, as a disk does."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children")
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        for pid in children.read_text(encoding="ascii").split():
            resource.prlimit(int(pid), resource.RLIMIT_FSIZE, (size_bytes, hard))


@contextmanager
def keeping(folder: Path, **settings: str) -> Iterator[Server]:
    """A server that is ready and has kept nothing yet."""
    port = free_port()
    command = [*_BOUND, sys.executable, "-m", "gunicorn", "-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"]
    ours = {"PORT": str(port), "MENAGERIE_DATA": str(folder / "data"), "MENAGERIE_WORKERS": "1"}
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=clean_environment() | ours | settings, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, folder / "log")
            server = Server(folder, port, process.pid)
            server.status("/")  # For the cookie.
            yield server
        finally:
            process.terminate()
            process.wait(timeout=60)


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with keeping(tmp_path_factory.mktemp("keeper")) as server:
        yield server


def test_what_clients_send_does_not_fill_the_log(keeper: Server) -> None:
    for _ in range(40):
        with socket.create_connection(("127.0.0.1", keeper.port), timeout=60) as client:
            client.sendall(b"GET / HTTP/9.9\r\n\r\n")
            client.recv(100)
        with pytest.raises(urllib.error.HTTPError):
            keeper.json("/api/v1/classify", damaged())

    lines = keeper.log.read_text(encoding="utf-8").splitlines()
    about_tiff = [line for line in lines if "LZW" in line or "not yet in table" in line or "TIFF" in line]
    assert 0 < len(about_tiff) <= 10
    assert all(re.search(r"recognizer.images.libtiff \[\w+\]: A TIFF is damaged", line) for line in about_tiff)
    assert 0 < sum("Invalid" in line for line in lines) <= 10


def test_a_full_disk_costs_the_history_and_nothing_else(keeper: Server, jpeg: bytes) -> None:
    assert keeper.classify(jpeg)

    keeper.allow_files_of(0)
    promised = [answer_id for answer_id in [keeper.classify(jpeg)] if answer_id]
    until(lambda: keeper.classify(jpeg) is None)

    assert "not kept" in keeper.problem
    keeper.allow_files_of(resource.RLIM_INFINITY)
    until(lambda: keeper.classify(jpeg) is not None)
    assert keeper.problem == ""
    assert all(keeper.status(f"/history/{answer_id}/") == 200 for answer_id in promised)


def test_a_database_that_is_gone_costs_what_needs_it_and_is_not_made_anew(keeper: Server, jpeg: bytes) -> None:
    until(lambda: keeper.classify(jpeg) is not None)
    aside = keeper.database.with_name("aside")
    aside.mkdir()
    for file in keeper.database.parent.glob("menagerie.sqlite3*"):
        shutil.move(file, aside / file.name)

    until(lambda: "database cannot be used" in keeper.problem)

    assert keeper.classify(jpeg) is None
    pages = ["/", "/account/login/", "/history/", "/models/", "/api/v1/history", "/account/first-run/"]
    assert [keeper.status(page) for page in pages] == [200, 200, 503, 503, 503, 503]
    assert not keeper.database.exists()
    assert "unable to open database file" in keeper.log.read_text(encoding="utf-8")
    for file in aside.iterdir():
        shutil.move(file, keeper.database.parent / file.name)
    until(lambda: keeper.problem == "")
    assert keeper.status("/history/") == 200
    assert stat.S_IMODE(keeper.database.stat().st_mode) == 0o600


def test_a_database_that_another_program_writes_to_costs_the_history(keeper: Server, jpeg: bytes) -> None:
    until(lambda: keeper.classify(jpeg) is not None)

    with closing(sqlite3.connect(keeper.database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        until(lambda: "database is locked" in keeper.problem)
        assert keeper.classify(jpeg) is None
        assert [keeper.status(page) for page in ("/", "/history/", "/models/")] == [200, 200, 200]

    until(lambda: keeper.problem == "")
    until(lambda: keeper.classify(jpeg) is not None)


def test_a_database_that_another_program_has_to_itself_costs_what_needs_it(tmp_path: Path, jpeg: bytes) -> None:
    with keeping(tmp_path) as server:
        with closing(sqlite3.connect(server.database, isolation_level=None, timeout=30)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            for page in ("/history/", "/models/", "/api/v1/history"):  # Nobody has noticed yet.
                assert server.status(page) == 503, page
            until(lambda: "database is locked" in server.problem)

            assert server.classify(jpeg) is None
            assert server.status("/") == server.status("/account/login/") == 200
            assert server.status("/history/") == server.status_of_a_login() == 503

        until(lambda: server.problem == "")
        assert server.classify(jpeg) is not None
        assert server.status("/history/") == 200


def test_a_database_that_became_read_only_costs_what_writes_to_it(keeper: Server, jpeg: bytes) -> None:
    until(lambda: keeper.classify(jpeg) is not None)
    with closing(sqlite3.connect(keeper.database)) as other:  # Which keeps the files beside it, that a reader needs.
        other.execute("SELECT count(*) FROM history_answer").fetchone()
        with read_only(keeper.database.parent):
            until(lambda: "readonly database" in keeper.problem)
            assert keeper.classify(jpeg) is None
            assert [keeper.status(page) for page in ("/", "/account/login/", "/history/", "/models/")] == [200] * 4
            assert keeper.status_of_a_login() == 503
    until(lambda: keeper.problem == "")
    until(lambda: keeper.classify(jpeg) is not None)
    assert keeper.status_of_a_login() == 200


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write to the database in a folder, until the block ends."""
    modes = {place: stat.S_IMODE(place.stat().st_mode) for place in (folder, *folder.glob("menagerie.sqlite3*"))}
    for place, mode in modes.items():
        place.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for place, mode in modes.items():
            place.chmod(mode)
