"""Starts an HTTP server in a process of its own and stops it."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load, processes
from benchmarks.rows import Memory

ROOT = Path(__file__).resolve().parent.parent

_START_TIMEOUT_S = 300.0
_POLL_S = 0.01
_STOP_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    pid: int
    port: int
    first_answer_s: float
    """From the start of the process to the first picture that was classified."""

    def workers(self) -> list[int]:
        """Worker processes of gunicorn."""
        return processes.children(self.pid)

    def worker_memory(self) -> Memory:
        """Of the worker that holds the most."""
        return max((processes.memory(pid) for pid in self.workers()), key=lambda memory: memory.resident_mb)

    def resident_mb(self) -> float:
        """Of all workers together."""
        return sum(processes.resident_mb(pid) for pid in self.workers())


@contextmanager
def menagerie(
    request: bytes, log: Path, environment: Mapping[str, str] | None = None, *, root: Path = ROOT
) -> Iterator[Server]:
    """Ours, as `make serve` starts it, with a history of its own.

    `environment` adds to its settings, `root` is another copy of the project.
    """
    settings = {"MENAGERIE_DATA": str(log.parent / "data"), **(environment or {})}
    with gunicorn(
        ["-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"], request, log, settings, root=root
    ) as server:
        yield server


@contextmanager
def gunicorn(
    arguments: Sequence[str],
    request: bytes,
    log: Path,
    environment: Mapping[str, str] | None = None,
    *,
    root: Path = ROOT,
) -> Iterator[Server]:
    """Runs gunicorn, yields once `request` was answered with 200, and stops it.

    Settings of Menagerie in our own environment do not reach it.

    Raises:
        RuntimeError: it ended or was not ready in time; the message has the end of its log.
    """
    port = free_port()
    ours = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    command = [sys.executable, "-m", "gunicorn", *arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=root,
            env={**ours, **(environment or {}), "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for_answer(process, port, request, log)
            yield Server(process.pid, port, time.monotonic() - started)
        finally:
            process.terminate()
            process.wait(_STOP_TIMEOUT_S)


def _is_setting(name: str) -> bool:
    return name.startswith("MENAGERIE_") or name == "DATABASE_URL"


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, request: bytes, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if load.ask(port, request, timeout_s=_START_TIMEOUT_S)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(_POLL_S)
    raise RuntimeError(f"The server did not get ready: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def free_port() -> int:
    """A port of this machine that nobody listens on.

    It lies below those that the kernel lends to outgoing connections: one of these may be taken again before the
    server asks for it.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))  # noqa: S104 - for a moment, and nothing listens.
            except OSError:
                continue
        return port
