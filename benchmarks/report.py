"""Puts the rows of all contenders side by side: one table for people, one JSON file for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from benchmarks.rows import OPEN_LOOP, OURS, Latency, Memory, Row

NOTHING = "–"


def side_by_side(rows: Sequence[Row]) -> list[Row]:
    """Rows of one scenario together; scenarios and contenders in the order in which they first came."""
    scenarios = list(dict.fromkeys(row.scenario for row in rows))
    contenders = list(dict.fromkeys(row.contender for row in rows))
    return sorted(rows, key=lambda row: (scenarios.index(row.scenario), contenders.index(row.contender)))


def times_as_fast(row: Row, rows: Iterable[Row]) -> float | None:
    """How many times as fast as this row ours of the same scenario is; None where there is none to compare with.

    By answers a second where both have them, by the median of the latencies elsewhere.
    """
    ours = next((other for other in rows if (other.scenario, other.contender) == (row.scenario, OURS)), None)
    if ours is None or row.contender == OURS or row.scenario == OPEN_LOOP:  # There, each has a rate of its own.
        return None
    if ours.per_second and row.per_second:
        return ours.per_second / row.per_second
    if ours.latency and row.latency:
        return row.latency.p50_ms / ours.latency.p50_ms
    return None


def median_of_rounds(rounds: Sequence[Sequence[Row]]) -> list[Row]:
    """One row for each scenario and contender: of the rounds, the one with the median speed.

    Whole rows are kept, so that the figures in a row belong together.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for row in (row for rows in rounds for row in rows):
        found.setdefault((row.scenario, row.contender), []).append(row)
    return [sorted(same, key=_speed)[(len(same) - 1) // 2] for same in found.values()]


def table(rows: Sequence[Row], not_run: Mapping[str, str]) -> Table:
    """The table that `make bench` prints."""
    result = Table(title="Menagerie and others, on this machine, in this run", title_justify="left")
    result.add_column("measured", overflow="fold")
    for name in ("p50 ms", "p95", "p99", "per second", "MB (peak)", "Menagerie is"):
        result.add_column(name, justify="right", no_wrap=True)
    result.add_column("settings", overflow="fold", style="dim")
    for scenario, group in groupby(side_by_side(rows), key=lambda row: row.scenario):
        result.add_section()
        result.add_row(Text(scenario, style="bold"))
        for row in group:
            result.add_row(*_cells(row, times_as_fast(row, rows)))
    if not_run:
        result.add_section()
        result.add_row(Text("not run", style="bold"))
        for name, reason in not_run.items():
            result.add_row(Text(f"  {name}"), *[NOTHING] * 6, Text(reason))
    return result


def left_out(not_run: Mapping[str, str]) -> str:
    """The last line where contenders could not be measured: who is missing from the comparison, and why."""
    reasons = "; ".join(f"{name} ({reason.rstrip('.')})" for name, reason in not_run.items())
    return f"LEFT OUT of this comparison: {reasons}. What cannot be imported is installed anew by: make clean bench"


def write_json(path: Path, rows: Sequence[Row], not_run: Mapping[str, str], run: Mapping[str, Any]) -> None:
    """Writes every figure, with the ratios, and what they depend on."""
    entries = [row.to_dict() | {"menagerie_is_times_as_fast": times_as_fast(row, rows)} for row in side_by_side(rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**run, "rows": entries, "not_run": dict(not_run)}, indent=1) + "\n", encoding="utf-8")


def _speed(row: Row) -> float:
    if row.per_second:
        return row.per_second
    return 1000 / row.latency.p50_ms if row.latency else 0.0


def _cells(row: Row, ratio: float | None) -> list[Text]:
    settings = [row.settings] if row.settings else []
    if row.score_difference is not None:
        settings.append(f"scores within {row.score_difference:.3f} of Keras's")
    if row.failures:
        settings.append(f"{row.failures} requests failed")
    cells = [
        f"  {row.contender}",
        *_latency_cells(row.latency),
        NOTHING if row.per_second is None else f"{row.per_second:.1f}",
        _memory_cell(row.memory),
        "" if ratio is None else f"{ratio:.2f} x",
        "; ".join(settings),
    ]
    return [Text(cell, style="bold" if row.contender == OURS else "") for cell in cells]


def _latency_cells(latency: Latency | None) -> list[str]:
    if latency is None:
        return [NOTHING] * 3
    return [NOTHING if value is None else _digits(value) for value in (latency.p50_ms, latency.p95_ms, latency.p99_ms)]


def _digits(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:.1f}"


def _memory_cell(memory: Memory | None) -> str:
    return NOTHING if memory is None else f"{memory.resident_mb:.0f} ({memory.peak_mb:.0f})"
