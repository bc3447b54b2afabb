"""`python -m benchmarks.soak`: a steady load for a long time; does memory grow, do requests fail?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import load, pictures, servers
from benchmarks.load import Answer, Load
from benchmarks.memory_watch import MemoryWatch
from benchmarks.rows import Latency

_FOLDER = Path("var/bench")
# Mostly small pictures; the large ones make the allocator work.
_SMALL_TO_A_LARGE = 15
# The first part of the samples is left out of the second figure: caches and arenas fill.
_SETTLED_SHARE = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Runs the load; the exit code is 1 where a request failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="(default: %(default)s)")
    parser.add_argument("--connections", type=int, default=4, help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    requests = _requests()
    answers: list[Answer] = []
    with servers.menagerie(requests[0], _FOLDER / "soak.log") as server, MemoryWatch(server.resident_mb) as memory:
        print(f"{'minute':>6} {'requests':>9} {'failed':>7} {'p50 ms':>8} {'p99 ms':>8} {'MB':>7}", flush=True)
        minutes = options.minutes
        while (elapsed := memory.times_s[-1] - memory.times_s[0]) < 60 * minutes:
            seconds = min(60.0, 60 * minutes - elapsed)
            part = load.run(Load(server.port, requests, options.connections, seconds)).answers
            answers += part
            _print_part((elapsed + seconds) / 60, part, memory.samples_mb[-1])
    _print_part(minutes, answers, memory.samples_mb[-1])
    print(
        f"memory: {memory.samples_mb[0]:.0f} MB at first, {max(memory.samples_mb):.0f} at most, "
        f"{memory.samples_mb[-1]:.0f} at last; growth by least squares: {memory.slope_mb_per_h():+.1f} MB/h over all "
        f"samples, {memory.slope_mb_per_h(share=_SETTLED_SHARE):+.1f} MB/h over the second half"
    )
    return 1 if any(answer.status != 200 for answer in answers) else 0


def _requests() -> tuple[bytes, ...]:
    small = pictures.jpegs(pictures.SMALL, _FOLDER / "pictures")
    [large, *_] = pictures.jpegs(pictures.LARGE, _FOLDER / "pictures")
    mixed = [small[number % len(small)] for number in range(_SMALL_TO_A_LARGE)] + [large]
    return tuple(load.http_request(jpeg, path="/api/v1/classify") for jpeg in mixed)


def _print_part(minute: float, answers: list[Answer], memory_mb: float) -> None:
    accepted = [answer.latency_s for answer in answers if answer.status == 200]
    times = Latency.of(accepted) if accepted else None
    p50, p99 = (f"{times.p50_ms:.1f}", f"{times.p99_ms:.1f}") if times else ("-", "-")
    failed = len(answers) - len(accepted)
    print(f"{minute:6.1f} {len(answers):9} {failed:7} {p50:>8} {p99:>8} {memory_mb:7.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
