"""A real server with the shipped model, a copy of it as a second version, and a data folder that is thrown away.

staged() -> temporary folder -> gunicorn -> Stage: its address, and Django in this process on the same database
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
_START_TIMEOUT_S = 120


@dataclass(frozen=True)
class Stage:
    """Where the server is."""

    address: str
    folder: Path


@contextmanager
def staged() -> Iterator[Stage]:
    """Starts the server, and ends it.

    Raises:
        TimeoutError: it did not get ready; its log is in the message.
    """
    with tempfile.TemporaryDirectory(prefix="menagerie-") as name:
        folder, port = Path(name), _free_port()
        _set_up_django(folder)  # First: it says whose key signs the graphs of the models.
        _put_models(folder / "models")
        with (folder / "log").open("wb") as log, _gunicorn(port, log) as server:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(f"{address}/readyz", folder / "log", server)
            yield Stage(address, folder)


def _put_models(folder: Path) -> None:
    """animals-3, which is active, and animals-4: the same network under another name."""
    from recognizer.engines import graph_files
    from recognizer.model_file import artifact

    folder.mkdir()
    for path in (ROOT / "models").glob("animals-3.*"):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)
    (folder / "ACTIVE").write_text("animals-3\n", encoding="utf-8")
    first, second = artifact.read(folder / "animals-3.h5"), folder / "animals-4.h5"
    artifact.copy_with_metadata(first.path, second, first.metadata.model_copy(update={"version": "4"}), first.ood_score)
    graphs = graph_files.find(first.path)
    if graphs is not None:
        graph_files.copy_graphs(graphs, second.with_suffix(".compiled"), artifact.read(second))


def _set_up_django(folder: Path) -> None:
    """Django in this process and in the server, on the data folder and with no other settings."""
    import django

    for name in [name for name in os.environ if name.startswith("MENAGERIE_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {
        "MENAGERIE_DATA": str(folder / "data"),
        "MENAGERIE_MODELS": str(folder / "models"),
        "MENAGERIE_WORKER": "0",
        "DJANGO_SETTINGS_MODULE": "webui.config.settings",
        # Playwright keeps an event loop in this thread, from inside which nothing is asked of the database.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    django.setup()


@contextmanager
def _gunicorn(port: int, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gunicorn", "-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"]
    variables = os.environ | {"PORT": str(port)}
    server = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)  # noqa: S603 - ours.
    try:
        yield server
    finally:
        server.terminate()
        server.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, log: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server.
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"The server did not get ready:\n{log.read_text(encoding='utf-8', errors='replace')}")
