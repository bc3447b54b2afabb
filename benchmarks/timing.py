"""Times calls in this process: one after the other for latency, from several threads for throughput."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from benchmarks.rows import Latency

Call = Callable[[], object]

WARM_UP_S = 0.5
"""What is called in the first half second is not counted: caches fill, thread pools start."""


class Span(NamedTuple):
    """From when to when something was; by `time.perf_counter`."""

    begins: float
    ends: float

    @property
    def seconds(self) -> float:
        """How long that is."""
        return self.ends - self.begins


def latency(call: Call, seconds: float) -> Latency:
    """Calls one after the other for so long, after a warm-up."""
    _calls_until(time.perf_counter() + WARM_UP_S, call)
    return Latency.of([span.seconds for span in _calls_until(time.perf_counter() + seconds, call)])


def per_second(calls: Sequence[Call], seconds: float, *, pictures_per_call: int = 1) -> float:
    """Pictures a second with each of `calls` in a thread of its own, after a warm-up; all in the same seconds."""
    together = threading.Barrier(len(calls) + 1)

    def spans(call: Call) -> list[Span]:
        together.wait()
        return _calls_until(time.perf_counter() + WARM_UP_S + seconds, call)

    with ThreadPoolExecutor(len(calls)) as threads:
        found = [threads.submit(spans, call) for call in calls]
        together.wait()
        begins = time.perf_counter() + WARM_UP_S
    window = Span(begins, begins + seconds)
    return pictures_per_call * calls_in(window, (span for each in found for span in each.result())) / seconds


def calls_in(window: Span, spans: Iterable[Span]) -> float:
    """How many calls were made in a time; of one that began before it or ended after it, the share that lies in it."""
    return sum(
        max(0.0, min(span.ends, window.ends) - max(span.begins, window.begins)) / span.seconds
        for span in spans
        if span.seconds
    )


def _calls_until(end: float, call: Call) -> list[Span]:
    """When each call was; at least one is made."""
    spans: list[Span] = []
    while not spans or time.perf_counter() < end:
        started = time.perf_counter()
        call()
        spans.append(Span(started, time.perf_counter()))
    return spans
