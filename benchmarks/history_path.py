"""Times classification with and without the history: two servers side by side, asked in turn.

With `everything`, the one that keeps a history is sent an API key with each picture, too, and counts for Prometheus.
"""

from __future__ import annotations

import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path

from benchmarks import load, pictures, servers
from benchmarks.load import Load
from benchmarks.servers import Server

_WARM_UP_S = 2.0
_CONNECTIONS = 8
WITHOUT, WITH = "without", "with"
_KEEP_DAYS = {WITHOUT: "0", WITH: "30"}


@dataclass(frozen=True)
class Round:
    """What one server did in one round."""

    latency_ms: float
    """Median, with one connection."""
    per_second: float
    """Answers, with eight connections."""
    cpu_ms: float
    """Of the server for each of these answers; depends least on who else uses the machine."""


def measure(folder: Path, *, rounds: int, seconds: float, everything: bool = False) -> Iterator[dict[str, Round]]:
    """What both did in each round; which of them begins, changes."""
    jpegs = pictures.jpegs(pictures.SMALL, Path("var/bench/pictures"))
    plain = _requests(jpegs)
    environments = _environments(folder, everything=everything)
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(servers.menagerie(plain[0], folder / f"{name}.log", environment))
            for name, environment in environments.items()
        }
        requests = dict.fromkeys(running, plain)
        if everything:
            requests[WITH] = _requests(jpegs, key=made_key(environments[WITH]))
        for name, server in running.items():
            load.run(Load(server.port, requests[name], _CONNECTIONS, _WARM_UP_S))
        for number in range(rounds):
            names = (WITHOUT, WITH) if number % 2 else (WITH, WITHOUT)
            yield {name: _round(running[name], requests[name], seconds) for name in names}


def _requests(jpegs: Sequence[bytes], *, key: str | None = None) -> tuple[bytes, ...]:
    return tuple(load.http_request(jpeg, path="/api/v1/classify", key=key) for jpeg in jpegs)


def made_key(environment: dict[str, str], *, root: Path = servers.ROOT) -> str:
    """An API key of an account that the server of this environment, of a copy of the project, knows from now on."""
    code = (
        "from webui.accounts.models import ApiKey, User;"
        "print(ApiKey.make(User.objects.create_user('bench'), 'bench', ['classify'])[1])"
    )
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, cwd=root, env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def ratios(rounds: Sequence[dict[str, Round]]) -> Round:
    """What it was with the history by what it was without, medians of the rounds: a latency of 1.05 is 5 % slower."""
    return Round(**{field.name: _ratio(rounds, field.name) for field in fields(Round)})


def _ratio(rounds: Sequence[dict[str, Round]], name: str) -> float:
    values: list[float] = [getattr(found[WITH], name) / getattr(found[WITHOUT], name) for found in rounds]
    return statistics.median(values)


def _environments(folder: Path, *, everything: bool) -> dict[str, dict[str, str]]:
    found = {
        name: {"MENAGERIE_DATA": str(folder / name), "MENAGERIE_KEEP_DAYS": days, "MENAGERIE_RATE": "0"}
        for name, days in _KEEP_DAYS.items()
    }
    if everything:
        found[WITH]["MENAGERIE_METRICS_TOKEN"] = secrets.token_urlsafe(32)
    return found


def _round(server: Server, requests: tuple[bytes, ...], seconds: float) -> Round:
    alone = load.run(Load(server.port, requests, 1, seconds))
    cpu_before_s = _cpu_s(server)
    many = load.run(Load(server.port, requests, _CONNECTIONS, seconds))
    cpu_s = _cpu_s(server) - cpu_before_s
    if failures := alone.failures + many.failures:
        raise RuntimeError(f"Expected every request to be answered. Received: failures={failures}.")
    return Round(1000 * statistics.median(alone.latencies_s()), many.per_second, 1000 * cpu_s / len(many.answers))


def _cpu_s(server: Server) -> float:
    """Processor time that the workers have used, from Linux's /proc."""
    texts = [Path(f"/proc/{pid}/stat").read_text(encoding="utf-8") for pid in server.workers()]
    stats = [text.rpartition(")")[2].split() for text in texts]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")  # User and system.
