"""Rows of all contenders, put side by side."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import report
from benchmarks.rows import (
    AS_MANY_AS_IT_CAN,
    ONE_AT_A_TIME,
    OPEN_LOOP,
    OURS,
    Latency,
    Memory,
    Row,
)

RIVAL = "LiteRT, int8"


def row(scenario: str, contender: str, *, p50_ms: float | None = None, per_second: float | None = None) -> Row:
    latency = Latency(p50_ms, None, None, p50_ms, 100) if p50_ms else None
    return Row(scenario, contender, latency=latency, per_second=per_second)


def printed(rows: list[Row], not_run: dict[str, str]) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(report.table(rows, not_run))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_latency_is_compared_by_the_median() -> None:
    rows = [row(ONE_AT_A_TIME, OURS, p50_ms=5.0), row(ONE_AT_A_TIME, RIVAL, p50_ms=6.0)]

    assert report.times_as_fast(rows[1], rows) == pytest.approx(1.2)


def test_throughput_is_compared_by_the_rate_where_both_have_one() -> None:
    rows = [
        row(AS_MANY_AS_IT_CAN, OURS, p50_ms=50.0, per_second=200.0),
        row(AS_MANY_AS_IT_CAN, RIVAL, p50_ms=5.0, per_second=160.0),
    ]

    assert report.times_as_fast(rows[1], rows) == pytest.approx(1.25)


def test_a_faster_rival_has_a_ratio_under_1() -> None:
    rows = [row(ONE_AT_A_TIME, OURS, p50_ms=8.0), row(ONE_AT_A_TIME, RIVAL, p50_ms=6.0)]

    assert report.times_as_fast(rows[1], rows) == pytest.approx(0.75)


def test_ours_is_not_compared_with_itself() -> None:
    ours = row(ONE_AT_A_TIME, OURS, p50_ms=8.0)

    assert report.times_as_fast(ours, [ours]) is None


def test_rows_of_different_work_are_not_compared() -> None:
    rows = [row(ONE_AT_A_TIME, OURS, p50_ms=8.0), row(AS_MANY_AS_IT_CAN, RIVAL, per_second=100.0)]

    assert report.times_as_fast(rows[1], rows) is None


def test_open_loops_are_not_compared_for_each_has_a_rate_of_its_own() -> None:
    rows = [row(OPEN_LOOP, OURS, p50_ms=8.0, per_second=100.0), row(OPEN_LOOP, RIVAL, p50_ms=6.0, per_second=10.0)]

    assert report.times_as_fast(rows[1], rows) is None


def test_rows_of_the_same_work_stand_together_in_the_order_they_came() -> None:
    rows = [row(s, c, p50_ms=1.0) for c in (RIVAL, OURS) for s in (ONE_AT_A_TIME, AS_MANY_AS_IT_CAN)]

    assert [(found.scenario, found.contender) for found in report.side_by_side(rows)] == [
        (ONE_AT_A_TIME, RIVAL),
        (ONE_AT_A_TIME, OURS),
        (AS_MANY_AS_IT_CAN, RIVAL),
        (AS_MANY_AS_IT_CAN, OURS),
    ]


def test_of_several_rounds_the_median_is_kept_whole() -> None:
    rounds = [[row(ONE_AT_A_TIME, OURS, p50_ms=time_ms)] for time_ms in (9.0, 5.0, 6.0)]

    assert report.median_of_rounds(rounds) == rounds[2]


def test_a_contender_that_failed_in_one_round_keeps_what_others_found() -> None:
    assert report.median_of_rounds([[], [row(ONE_AT_A_TIME, OURS, p50_ms=5.0)]]) == [
        row(ONE_AT_A_TIME, OURS, p50_ms=5.0)
    ]


def test_the_last_line_names_every_contender_that_is_missing_and_why() -> None:
    line = report.left_out({"litert": "No module named 'ai_edge_litert'.", "onnxruntime": "no wheel"})

    assert "litert (No module named 'ai_edge_litert'); onnxruntime (no wheel)" in line


def test_the_table_has_figures_ratios_and_what_was_not_run() -> None:
    rows = [row(ONE_AT_A_TIME, OURS, p50_ms=5.0), row(ONE_AT_A_TIME, RIVAL, p50_ms=6.0)]

    text = printed(rows, {"onnxruntime": "ModuleNotFoundError: [no] wheel"})

    for part in ("5.00", "6.00", "1.20 x", "onnxruntime", "ModuleNotFoundError: [no] wheel"):
        assert part in text


def test_failed_requests_are_in_the_table() -> None:
    assert "3 requests failed" in printed([Row(ONE_AT_A_TIME, OURS, per_second=1.0, failures=3)], {})


def test_the_file_has_every_figure_with_its_ratio(tmp_path: Path) -> None:
    rows = [row(ONE_AT_A_TIME, OURS, p50_ms=5.0), row(ONE_AT_A_TIME, RIVAL, p50_ms=6.0)]

    report.write_json(tmp_path / "new" / "bench.json", rows, {"tutorial": "no gunicorn"}, {"rounds": 1})

    written = json.loads((tmp_path / "new" / "bench.json").read_text(encoding="utf-8"))
    assert written["rounds"] == 1
    assert written["not_run"] == {"tutorial": "no gunicorn"}
    assert [entry["latency"]["p50_ms"] for entry in written["rows"]] == [5.0, 6.0]
    assert [entry["menagerie_is_times_as_fast"] for entry in written["rows"]] == [None, pytest.approx(1.2)]


def test_a_row_comes_back_from_json() -> None:
    full = Row(
        ONE_AT_A_TIME, OURS, "2 threads", Latency(1.0, 2.0, 3.0, 4.0, 5), 6.0, Memory(7.0, 8.0), score_difference=0.1
    )

    assert Row.from_dict(json.loads(json.dumps(full.to_dict()))) == full


def test_percentiles_are_milliseconds() -> None:
    assert Latency.of([0.001 * n for n in range(1, 102)]) == Latency(
        pytest.approx(51.0), pytest.approx(96.0), pytest.approx(100.0), pytest.approx(101.0), 101
    )
