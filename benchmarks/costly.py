"""`python -m benchmarks.costly`: small files that cost much; what do they take, and is the server there for others?

each picture alone -> eight of each at once, within a limit of memory -> a rush of the dearest, beside honest pictures
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks import costly_pictures, load, pictures, processes, servers
from benchmarks.load import NO_ANSWER, Load
from benchmarks.rows import Latency
from benchmarks.servers import Server

_FOLDER = Path("var/bench")
_LIMIT_BYTES = 2**30
_AT_ONCE = 8
_RUSH = 36
_HONEST = 38
_HONEST_A_SECOND = 2
_TIMEOUT_S = 120.0
_HEAD = f"{'':24} {'kB':>7}  {'alone':>12} {'s':>6} {'CPU s':>6} {'MB':>5}   {_AT_ONCE} at once"


@dataclass(frozen=True)
class Taken:
    """What some requests took of the server."""

    statuses: list[int]
    seconds: float
    cpu_s: float
    peak_mb: float
    """Resident memory of the worker that held the most."""

    def said(self) -> str:
        """How often each status came: `3 x 200, 5 x 503`."""
        counts = sorted(Counter(self.statuses).items())
        return ", ".join(f"{count} x {status if status != NO_ANSWER else 'no answer'}" for status, count in counts)


def main(arguments: list[str] | None = None) -> int:
    """Runs all three parts; the exit code is 1 where a worker died or took more than the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costly", description=__doc__)
    known = list(costly_pictures.PICTURES)
    parser.add_argument("--only", nargs="+", choices=known, default=known, metavar="PICTURE", help=", ".join(known))
    options = parser.parse_args(arguments)
    jpegs = pictures.jpegs(pictures.SMALL, _FOLDER / "pictures")
    honest = tuple(load.http_request(jpeg, path="/api/v1/classify") for jpeg in jpegs)
    # What a container of the limit's size would have by itself.
    settings = {"MENAGERIE_DECODING_MB": "512"}
    with servers.menagerie(honest[0], _FOLDER / "costly.log", settings) as server:
        workers = server.workers()
        _limit_memory(server)
        print(
            f"{len(workers)} worker, {server.worker_memory().resident_mb:.0f} MB. Its data segment is limited to 1 GiB"
            " (RLIMIT_DATA): what it allocates beyond fails.\n"
        )
        peaks_mb = _each(server, options.only)
        _rush(server, honest)
        lives = server.workers() == workers and load.ask(server.port, honest[0])[0] == 200
    print(f"the same worker answers afterwards: {'yes' if lives else 'no'}; {max(peaks_mb):.0f} MB at most")
    return 0 if lives and max(peaks_mb) * 10**6 <= _LIMIT_BYTES else 1


def _limit_memory(server: Server) -> None:
    """On what is allocated, not on addresses: mapped files and free stacks alone take a gigabyte of those."""
    for pid in (server.pid, *server.workers()):
        resource.prlimit(pid, resource.RLIMIT_DATA, (_LIMIT_BYTES, _LIMIT_BYTES))


def _each(server: Server, names: Sequence[str]) -> list[float]:
    """Sends each picture alone and then several of it; returns the peaks."""
    print(_HEAD)
    peaks_mb = []
    for name in names:
        data = costly_pictures.PICTURES[name]()
        request = load.http_request(data, path="/api/v1/classify")
        alone, together = (_send(server, [request] * count) for count in (1, _AT_ONCE))
        peaks_mb += [alone.peak_mb, together.peak_mb]
        print(
            f"{name:24} {len(data) / 1000:7.0f}  {alone.said():>12} {alone.seconds:6.2f} {alone.cpu_s:6.2f}"
            f" {alone.peak_mb:5.0f}   {together.said()}; {together.seconds:.1f} s, CPU {together.cpu_s:.1f} s,"
            f" {together.peak_mb:.0f} MB",
            flush=True,
        )
    return peaks_mb


def _send(server: Server, requests: Sequence[bytes]) -> Taken:
    """Sends requests at the same time, each on a connection of its own."""
    workers = server.workers()
    for pid in workers:
        processes.forget_peak(pid)
    cpu_before_s, began = sum(map(processes.cpu_s, workers)), time.monotonic()
    with ThreadPoolExecutor(len(requests)) as pool:
        statuses = list(pool.map(lambda request: _status(server, request), requests))
    seconds = time.monotonic() - began
    cpu_s = sum(map(processes.cpu_s, workers)) - cpu_before_s
    return Taken(statuses, seconds, cpu_s, max(processes.memory(pid).peak_mb for pid in workers))


def _rush(server: Server, honest: tuple[bytes, ...]) -> None:
    """Sends the dearest pictures that pass all at once, and honest ones beside them; prints who was answered."""
    dear = load.http_request(costly_pictures.accepted_scans(), path="/api/v1/classify")
    everybody = Load(
        server.port, honest, _HONEST, _HONEST / _HONEST_A_SECOND, per_second=_HONEST_A_SECOND, timeout_s=_TIMEOUT_S
    )
    with ThreadPoolExecutor(1) as aside:
        rush = aside.submit(_send, server, [dear] * _RUSH)
        answers = load.run(everybody)
        taken = rush.result()
    print(f"\n{_RUSH} JPEGs of as many scans as pass, at once: {taken.said()}; {taken.seconds:.0f} s")
    times = Latency.of(answers.latencies_s()) if answers.accepted() else None
    print(
        f"beside them, {_HONEST_A_SECOND} a second: {len(answers.accepted())} of {len(answers.answers)} honest pictures"
        " were answered" + (f", p50 {times.p50_ms:.0f} ms, max {times.max_ms:.0f} ms" if times else "")
    )


def _status(server: Server, request: bytes) -> int:
    try:
        return load.ask(server.port, request, timeout_s=_TIMEOUT_S)[0]
    except OSError:
        return NO_ANSWER


if __name__ == "__main__":
    sys.exit(main())
