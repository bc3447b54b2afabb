"""MLPerf's LoadGen, which judges machines for others, drives our engine: Offline and Server, valid by its own rules.

LoadGen -> issue_queries -> queue -> threads -> engine.run -> QuerySamplesComplete -> LoadGen's summary
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any

from benchmarks import inputs, rows, timing
from benchmarks.plan import Plan, Step
from benchmarks.rows import OURS, Latency, Row
from recognizer import Recognizer

_JUDGED_S = 60.0
"""How long MLPerf wants a scenario to be."""
_FULL_MINUTE_FROM_S = 5.0
"""With this many seconds a measurement, each scenario takes that minute; with less, so many."""
_SHARE_OF_OFFLINE = 0.7
"""Pictures a second that are due in the Server scenario, at random times, against those of Offline."""
_BOUND_TIMES_ALONE = 10
"""How long 99 of 100 answers may take in the Server scenario, against that of a picture alone."""
_LEAST_QUERIES = 700
"""LoadGen does not judge the 99th percentile of fewer."""

_RESULT = re.compile(r"Result is : (\w+)")
_RATE = re.compile(r"(?:Completed samples|Samples) per second\s*: ([\d.]+)")
_PERCENTILE = re.compile(r"(50|95|99)\.00 percentile latency \(ns\)\s*: (\d+)")
_LONGEST = re.compile(r"Max latency \(ns\)\s*: (\d+)")


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """Both scenarios; the Server scenario is asked for a share of what Offline reached."""
    import mlperf_loadgen

    step("opening the model")
    recognizer = Recognizer.open(plan.model, threads_per_picture=1)
    judge = _Judge(mlperf_loadgen, recognizer, plan)
    alone_ms = timing.latency(judge.one, min(plan.seconds, 2.0)).p50_ms
    step(f"Offline, {judge.duration_s:.0f} s")
    offline = judge.offline(expected_per_second=1000 * plan.cores / alone_ms)
    yield Row(rows.LOADGEN_OFFLINE, OURS, judge.verdict(offline), per_second=offline.per_second)
    bound_ms = _BOUND_TIMES_ALONE * alone_ms
    step(f"Server, {judge.duration_s:.0f} s")
    server = judge.server(_SHARE_OF_OFFLINE * offline.per_second, bound_ms)
    bound = f"99 % within {bound_ms:.0f} ms, {_SHARE_OF_OFFLINE:.0%} of Offline due"
    yield Row(rows.LOADGEN_SERVER, OURS, f"{judge.verdict(server)}; {bound}", server.latency, server.per_second)


class Summary:
    """What LoadGen's `mlperf_log_summary.txt` says."""

    def __init__(self, text: str) -> None:
        """Reads it.

        Raises:
            ValueError: it is not what LoadGen writes.
        """
        result, rate, longest = _RESULT.search(text), _RATE.search(text), _LONGEST.search(text)
        if result is None or rate is None or longest is None:
            raise ValueError(f"Expected LoadGen's summary. Received: {text[:500]!r}")
        self.result = result[1]
        self.per_second = float(rate[1])
        by_percentile = {
            int(percentile): int(nanoseconds) / 1e6 for percentile, nanoseconds in _PERCENTILE.findall(text)
        }
        self.latency = Latency(by_percentile[50], by_percentile[95], by_percentile[99], int(longest[1]) / 1e6, n=0)


class _Judge:
    """LoadGen, and the engine that it drives."""

    def __init__(self, loadgen: Any, recognizer: Recognizer, plan: Plan) -> None:
        self._loadgen = loadgen
        self._engine = recognizer.engine
        self._pixels = inputs.examples()
        self._folder = plan.path / "loadgen"
        self.duration_s = _JUDGED_S if plan.seconds >= _FULL_MINUTE_FROM_S else plan.seconds
        self._asked: SimpleQueue[Any] = SimpleQueue()
        for _ in range(2 * plan.cores):
            Thread(target=self._answer, daemon=True).start()

    def verdict(self, summary: Summary) -> str:
        """For the table."""
        told = "" if self.duration_s == _JUDGED_S else f", of a run of less than {_JUDGED_S:.0f} s"
        return f"LoadGen says {summary.result}{told}"

    def one(self) -> object:
        """Runs one picture."""
        return self._engine.run(self._pixels[:1])

    def offline(self, *, expected_per_second: float) -> Summary:
        """All pictures are there at once."""
        settings = self._settings("Offline")
        settings.offline_expected_qps = expected_per_second
        return self._run("Offline", settings)

    def server(self, per_second: float, bound_ms: float) -> Summary:
        """Pictures come at random times, as a Poisson process."""
        settings = self._settings("Server")
        settings.server_target_qps = per_second
        settings.server_target_latency_ns = round(bound_ms * 1e6)
        settings.server_target_latency_percentile = 0.99
        settings.min_query_count = min(_LEAST_QUERIES, round(self.duration_s * per_second))
        return self._run("Server", settings)

    def _settings(self, scenario: str) -> Any:
        settings = self._loadgen.TestSettings()
        settings.scenario = getattr(self._loadgen.TestScenario, scenario)
        settings.mode = self._loadgen.TestMode.PerformanceOnly
        settings.min_duration_ms = round(1000 * self.duration_s)
        return settings

    def _run(self, scenario: str, settings: Any) -> Summary:
        folder = self._folder / scenario
        folder.mkdir(parents=True, exist_ok=True)
        logs = self._loadgen.LogSettings()
        logs.log_output.outdir = str(folder)
        asked = self._loadgen.ConstructSUT(self._put, lambda: None)
        library = self._loadgen.ConstructQSL(len(self._pixels), len(self._pixels), lambda _: None, lambda _: None)
        try:
            self._loadgen.StartTestWithLogSettings(asked, library, settings, logs)
        finally:
            self._loadgen.DestroyQSL(library)
            self._loadgen.DestroySUT(asked)
        return Summary((folder / "mlperf_log_summary.txt").read_text(encoding="utf-8"))

    def _put(self, samples: list[Any]) -> None:
        for sample in samples:
            self._asked.put(sample)

    def _answer(self) -> None:
        while True:
            sample = self._asked.get()
            logits = self._engine.run(self._pixels[sample.index : sample.index + 1]).logits
            response = self._loadgen.QuerySampleResponse(sample.id, logits.ctypes.data, logits.nbytes)
            self._loadgen.QuerySamplesComplete([response])
