"""A real gunicorn with our worker, our admission and a model that takes a moment; and clients for it."""

from __future__ import annotations

import contextlib
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import parse_headers
from pathlib import Path

from benchmarks.servers import free_port
from tests.integration.conftest import ROOT, clean_environment, wait_until_ready
from tests.webui.fakes import image_bytes

CLASSIFY = "/api/v1/classify"
JPEG = image_bytes()
RUNNING, QUEUE = 2, 4
"""What the server lets in and lets wait; everybody else is turned away."""


class SlowServer:
    """A server process. Its answers can be held back."""

    def __init__(self, folder: Path, *, workers: int = 1, patience_s: float = 60.0) -> None:
        self.port = free_port()
        self._gate = folder / "gate"
        self._log = folder / "log"
        self._environment = {
            **clean_environment(),
            "MENAGERIE_DATA": str(folder / "data"),
            "MENAGERIE_KEEP_DAYS": "0",
            "PORT": str(self.port),
            "MENAGERIE_WORKERS": str(workers),
            "MENAGERIE_THREADS": str(RUNNING - 1),
            "MENAGERIE_QUEUE": str(QUEUE),
            "MENAGERIE_QUEUE_TIMEOUT_S": "60",
            "MENAGERIE_MAX_REQUEST_MB": "20",
            "TROUBLE_GATE": str(self._gate),
            "TROUBLE_PATIENCE_S": str(patience_s),
        }

    def __enter__(self) -> SlowServer:
        app = "tests.integration.slow_app"
        command = [sys.executable, "-m", "gunicorn", "-c", "tests/integration/slow_app_conf.py", app]
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        wait_until_ready(f"http://127.0.0.1:{self.port}/readyz", self.process, self._log)
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.unlink(missing_ok=True)
        self.process.terminate()
        self.process.wait(timeout=60)

    @contextmanager
    def holding_back(self) -> Iterator[None]:
        """No picture is answered as long as the block runs."""
        self._gate.touch()
        try:
            yield
        finally:
            self._gate.unlink()

    @property
    def workers(self) -> set[int]:
        """The ids of the worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(pid) for pid in children.read_text(encoding="ascii").split()}

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def connect(self, data: bytes = b"", *, source: str = "127.0.0.1") -> Client:
        """A connection on which these bytes have been sent."""
        client = Client(self.port, source)
        client.send(data)
        return client

    def ask(self, data: bytes) -> Answer:
        """Sends a whole request on a connection of its own."""
        with self.connect(data) as client:
            return client.answer()


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Message
    body: bytes


class Client:
    """One connection to a server."""

    def __init__(self, port: int, source: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(source, 0))
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_what_is_taken(self, data: bytes) -> None:
        """Sends all of it, or what the server takes before it refuses."""
        with contextlib.suppress(ConnectionError):
            self.send(data)

    def end(self) -> None:
        """Says that nothing more will be sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def answer(self) -> Answer:
        """The next answer.

        Raises:
            ConnectionError: there is none.
        """
        line = self._file.readline()
        if not line:
            raise ConnectionError("The server ended the connection.")
        headers = parse_headers(self._file)
        body = self._file.read(int(headers.get("Content-Length", 0)))
        return Answer(int(line.split()[1]), headers, body)

    def has_answer(self, *, within_s: float = 0.0) -> bool:
        """True if an answer has begun to arrive."""
        return bool(select.select([self._socket], [], [], within_s)[0])

    def is_over(self) -> bool:
        """True once the server has ended the connection; waits for more."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(body: bytes, *fields: str) -> bytes:
    return head(f"Content-Length: {len(body)}", *fields) + body


def head(*fields: str) -> bytes:
    """The head of a request with a picture as its body."""
    lines = [f"POST {CLASSIFY} HTTP/1.1", "Host: localhost", "Content-Type: image/jpeg", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def until(condition: Callable[[], bool], *, timeout_s: float = 60.0) -> None:
    """Waits for something that is bound to happen."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.02)
