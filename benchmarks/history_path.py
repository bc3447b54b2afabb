"""Times classification with and without the history: two servers side by side, asked in turn."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load, pictures, servers
from benchmarks.load import Load

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


def measure(folder: Path, *, rounds: int, seconds: float) -> Iterator[dict[str, Round]]:
    """What both did in each round; which of them begins, changes."""
    jpegs = pictures.jpegs(pictures.SMALL, Path("var/bench/pictures"))
    requests = tuple(load.http_request(jpeg, path="/api/v1/classify") for jpeg in jpegs)
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(servers.menagerie(requests[0], folder / f"{name}.log", environment)).port
            for name, environment in _environments(folder).items()
        }
        for port in ports.values():
            load.run(Load(port, requests, _CONNECTIONS, _WARM_UP_S))
        for number in range(rounds):
            names = (WITHOUT, WITH) if number % 2 else (WITH, WITHOUT)
            yield {name: _round(ports[name], requests, seconds) for name in names}


def ratios(rounds: Sequence[dict[str, Round]]) -> tuple[float, float]:
    """Latency and throughput with the history by those without, medians of the rounds: 1.05 and 0.95 are 5 % slower."""
    latency = statistics.median(found[WITH].latency_ms / found[WITHOUT].latency_ms for found in rounds)
    return latency, statistics.median(found[WITH].per_second / found[WITHOUT].per_second for found in rounds)


def _environments(folder: Path) -> dict[str, dict[str, str]]:
    return {
        name: {"MENAGERIE_DATA": str(folder / name), "MENAGERIE_KEEP_DAYS": days, "MENAGERIE_RATE": "0"}
        for name, days in _KEEP_DAYS.items()
    }


def _round(port: int, requests: tuple[bytes, ...], seconds: float) -> Round:
    alone = load.run(Load(port, requests, 1, seconds))
    many = load.run(Load(port, requests, _CONNECTIONS, seconds))
    if alone.failures or many.failures:
        raise RuntimeError(
            f"Expected every request to be answered. Received: {alone.failures + many.failures} failures."
        )
    return Round(1000 * statistics.median(alone.latencies_s()), many.per_second)
