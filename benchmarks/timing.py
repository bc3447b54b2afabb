"""Times calls in this process: one after the other for latency, from several threads for throughput."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.rows import Latency

Call = Callable[[], object]

WARM_UP_S = 0.5
"""What is called in the first half second is not counted: caches fill, thread pools start."""


def latency(call: Call, seconds: float) -> Latency:
    """Calls one after the other for so long, after a warm-up."""
    _call_for(call, WARM_UP_S)
    return Latency.of(_call_for(call, seconds))


def per_second(calls: Sequence[Call], seconds: float, *, pictures_per_call: int = 1) -> float:
    """Pictures a second with each of `calls` in a thread of its own, after a warm-up."""
    together = threading.Barrier(len(calls))

    def rate(call: Call) -> float:
        together.wait()
        _call_for(call, WARM_UP_S)
        times = _call_for(call, seconds)
        return len(times) / sum(times)

    with ThreadPoolExecutor(len(calls)) as threads:
        return pictures_per_call * sum(threads.map(rate, calls))


def _call_for(call: Call, seconds: float) -> list[float]:
    """Seconds of each call; at least one call is made."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return times
