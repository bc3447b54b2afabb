"""Object storages for tests: moto's, which behaves as S3 does but for keys, s3rver, and one that refuses everything."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.servers import free_port
from webui.config.storage_address import StorageAddress

BUCKET = "menagerie"


@contextmanager
def moto() -> Iterator[StorageAddress]:
    """The address of a storage that has a bucket and nothing in it."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # It writes a line for each request.
    server.start()
    host, port = server.get_host_and_port()
    address = StorageAddress(BUCKET, "farm", f"http://{host}:{port}")
    try:
        make_bucket(address)
        yield address
    finally:
        server.stop()


def make_bucket(address: StorageAddress) -> None:
    from webui.config.object_storage import ObjectStorage

    ObjectStorage(address).connection.create_bucket(Bucket=address.bucket)


@contextmanager
def s3rver(folder: Path) -> Iterator[StorageAddress]:
    """The address of a storage of s3rver's, which heeds no condition; skipped without it (npm install -g s3rver)."""
    program = shutil.which("s3rver")
    if program is None:
        pytest.skip("needs s3rver (npm install -g s3rver)")
    port = free_port()
    words = ["--directory", str(folder), "--address", "127.0.0.1", "--port", str(port), "--silent"]
    process = subprocess.Popen([program, *words, "--configure-bucket", BUCKET])
    try:
        _wait_for(port)
        yield StorageAddress(BUCKET, "farm", f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
    pytest.fail("s3rver did not start.")


@contextmanager
def refusing(refusals: list[tuple[int, str]]) -> Iterator[StorageAddress]:
    """The address of a storage that answers everything with the first of some errors: their statuses and codes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(refusals))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield StorageAddress(BUCKET, "", f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(refusals: list[tuple[int, str]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            status, code = refusals[0]
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_DELETE = do_PUT  # noqa: N815 - their names in the class above.

        def log_message(self, *_: object) -> None:
            """Tests read no log."""

    return Handler
