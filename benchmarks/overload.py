"""`python -m benchmarks.overload`: ten times what the server can do; whom does it turn away, and is it well afterwards?

closed loop, 8 connections -> capacity -> open loop at 10 x capacity -> single requests until they are fast again
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import load, pictures, servers
from benchmarks.load import NO_ANSWER, NOT_SENT, Answers, Load
from benchmarks.memory_watch import MemoryWatch
from benchmarks.rows import Latency
from benchmarks.servers import Server

_FOLDER = Path("var/bench")
_CAPACITY_S = 5.0
_TIMES_CAPACITY = 10
# gunicorn takes 1000 connections a worker; more would wait in the kernel and tell about the kernel.
_CONNECTIONS = 800
_SENDERS = 2
_TIMEOUT_S = 10.0
_MEANINGS = {NO_ANSWER: "no answer", NOT_SENT: "not sent: every connection waited"}
# Well again: so many single requests in a row, each at most so many times as slow as the slowest one before.
_IN_A_ROW = 10
_AS_FAST = 1.5
_RECOVERY_TIMEOUT_S = 120.0
# The server returns memory every 10 seconds.
_MEMORY_RETURNS_S = 15.0


def main(arguments: list[str] | None = None) -> int:
    """Runs the overload; the exit code is 1 where the server was not well again in time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of overload (default: %(default)s)")
    options = parser.parse_args(arguments)
    jpegs = pictures.jpegs(pictures.SMALL, _FOLDER / "pictures")
    requests = tuple(load.http_request(jpeg, path="/api/v1/classify") for jpeg in jpegs)
    with servers.menagerie(requests[0], _FOLDER / "overload.log") as server:
        capacity = load.run(Load(server.port, requests, 8, _CAPACITY_S))
        print(f"capacity, 8 connections: {_summary(capacity)}", flush=True)
        alone = load.run(Load(server.port, requests, 1, _CAPACITY_S))
        print(f"one connection:          {_summary(alone)}", flush=True)
        before_mb = server.resident_mb()
        with MemoryWatch(server.resident_mb) as memory:
            answers = _overload(server, requests, _TIMES_CAPACITY * capacity.per_second, options.seconds)
            recovery_s = _recovery_s(server, requests[0], _AS_FAST * Latency.of(alone.latencies_s()).max_ms / 1000)
        time.sleep(_MEMORY_RETURNS_S)
        after_mb = server.resident_mb()
    _print_overload(answers, capacity.per_second, options.seconds)
    print(f"well again: {'not in time' if recovery_s is None else f'{recovery_s:.2f} s after the last answer'}")
    most_mb = max(memory.samples_mb)
    print(f"memory: {before_mb:.0f} MB before, {most_mb:.0f} at most, {after_mb:.0f} a quarter of a minute after")
    return 1 if recovery_s is None else 0


def _overload(server: Server, requests: tuple[bytes, ...], rate: float, seconds: float) -> Answers:
    everything = Load(
        server.port, requests, _CONNECTIONS, seconds, per_second=rate, senders=_SENDERS, timeout_s=_TIMEOUT_S
    )
    return load.run(everything)


def _recovery_s(server: Server, request: bytes, fast_s: float) -> float | None:
    """Seconds until the first of ten fast answers in a row; None where they did not come."""
    began = first_fast = time.monotonic()
    in_a_row = 0
    while in_a_row < _IN_A_ROW:
        sent = time.monotonic()
        if sent - began > _RECOVERY_TIMEOUT_S:
            return None
        status = _status(server, request)
        is_fast = status == 200 and time.monotonic() - sent <= fast_s
        first_fast = sent if in_a_row == 0 else first_fast
        in_a_row = in_a_row + 1 if is_fast else 0
    return first_fast - began


def _status(server: Server, request: bytes) -> int:
    try:
        return load.ask(server.port, request, timeout_s=_TIMEOUT_S)[0]
    except OSError:
        return NO_ANSWER


def _print_overload(answers: Answers, capacity: float, seconds: float) -> None:
    sent_s = [answer.sent_s for answer in answers.answers if answer.status != NOT_SENT]
    print(
        f"overload, open loop: {len(answers.answers) / seconds:.0f} requests a second were due, "
        f"{len(sent_s) / (max(sent_s) - min(sent_s)):.0f} were sent on {_CONNECTIONS} connections, "
        f"{answers.per_second:.1f} were accepted ({answers.per_second / capacity:.0%} of the capacity)"
    )
    for status, count in sorted(answers.statuses().items()):
        same = [answer.done_s - answer.sent_s for answer in answers.answers if answer.status == status]
        print(f"  {_MEANINGS.get(status, status)}: {count}{_times(same) if status > 0 else ''}")


def _summary(answers: Answers) -> str:
    return f"{answers.per_second:.1f} a second{_times(answers.latencies_s())}, {answers.failures} failed"


def _times(seconds: Sequence[float]) -> str:
    times = Latency.of(seconds)
    return f", p50 {times.p50_ms:.0f} ms, p99 {times.p99_ms:.0f} ms, max {times.max_ms:.0f} ms from sending to answer"


if __name__ == "__main__":
    sys.exit(main())
