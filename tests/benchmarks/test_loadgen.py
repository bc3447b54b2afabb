"""What LoadGen writes is read as it means it, and something else is not taken for it."""

from __future__ import annotations

import pytest

from benchmarks.contenders.loadgen import Summary

SERVER = """
================================================
MLPerf Results Summary
================================================
SUT name : PySUT
Scenario : Server
Mode     : PerformanceOnly
Completed samples per second    : 11.25
Result is : INVALID
  Performance constraints satisfied : NO
================================================
Additional Stats
================================================
Scheduled samples per second : 11.50
Min latency (ns)                : 61000000
Max latency (ns)                : 1200000000
50.00 percentile latency (ns)   : 70000000
90.00 percentile latency (ns)   : 80000000
95.00 percentile latency (ns)   : 90000000
97.00 percentile latency (ns)   : 95000000
99.00 percentile latency (ns)   : 99000000
99.90 percentile latency (ns)   : 100000000
"""


def test_a_summary_is_read() -> None:
    summary = Summary(SERVER)

    assert (summary.result, summary.per_second) == ("INVALID", 11.25)
    assert (summary.latency.p50_ms, summary.latency.p95_ms, summary.latency.p99_ms) == (70, 90, 99)
    assert summary.latency.max_ms == 1200


@pytest.mark.parametrize("text", ["", SERVER.replace("Result is", "Result was")])
def test_what_is_no_summary_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match="Expected LoadGen's summary"):
        Summary(text)
