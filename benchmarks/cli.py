"""`python -m benchmarks`: measures every contender, one after the other, and prints one table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import conditions, contender_process, report
from benchmarks.contender_process import NotRunError
from benchmarks.contenders import CONTENDERS
from benchmarks.plan import Plan
from benchmarks.rows import Row
from recognizer import machine
from recognizer.registry.versions import active

_FOLDER = Path("var/bench")
_OUT = Path("var/bench.json")
_SECONDS, _QUICK_SECONDS = 5.0, 1.0
# Without a terminal, rich takes 80 columns: too few for the table.
_WIDTH_WITHOUT_TERMINAL = 170


def main(arguments: list[str] | None = None) -> int:
    """Measures; returns the exit code: 0 done, 1 nothing could be measured."""
    options = _parser().parse_args(arguments)
    plan = _plan(options)
    run: dict[str, Any] = {"conditions": conditions.describe(), "plan": asdict(plan), "rounds": options.rounds}
    rounds, not_run = _measure_all(options.only or list(CONTENDERS), plan, options.rounds)
    rows = report.median_of_rounds(rounds)
    _console(sys.stdout).print(report.table(rows, not_run))
    report.write_json(options.out, rows, not_run, run)
    print(f"{_conditions_line(run['conditions'])}\nEvery figure: {options.out}. What they mean: benchmarks/README.md")
    if not_run:
        print(report.left_out(not_run))
    return 0 if rows else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--only", nargs="+", choices=CONTENDERS, metavar="NAME", help=f"measure these only: {', '.join(CONTENDERS)}")
    add("--seconds", type=float, default=_SECONDS, metavar="S", help="for each measurement (default: %(default)s)")
    add("--quick", action="store_true", help="1 second for each measurement, at most 8 connections: a rehearsal")
    add("--rounds", type=int, default=1, metavar="N", help="measure everything N times and keep the median")
    add("--model", type=Path, metavar="FILE", help="a model file with its compiled graph (default: the active one)")
    add("--images", type=Path, metavar="DIR", help="pictures to calibrate LiteRT's int8 with (default: drawn ones)")
    add(
        "--out", type=Path, default=_OUT, metavar="FILE", help="where every figure goes, as JSON (default: %(default)s)"
    )
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    return Plan(
        model=str((options.model or active()).resolve()),
        folder=str(_FOLDER.resolve()),
        seconds=_QUICK_SECONDS if options.quick else options.seconds,
        cores=machine.cores(),
        connections=(1, 8) if options.quick else (1, 8, 32),
        images=str(options.images.resolve()) if options.images else None,
    )


def _measure_all(names: Sequence[str], plan: Plan, rounds: int) -> tuple[list[list[Row]], dict[str, str]]:
    """The rows of every round, and why contenders are missing."""
    found: list[list[Row]] = []
    not_run: dict[str, str] = {}
    with _progress() as progress:
        task = progress.add_task("", total=rounds * len(names))
        for _ in range(rounds):
            found.append([])
            for name in names:
                try:
                    found[-1] += _measured(name, plan, progress)
                except NotRunError as err:
                    not_run[name] = str(err)
                progress.advance(task)
    return found, not_run


def _measured(name: str, plan: Plan, progress: Progress) -> Iterator[Row]:
    """The rows of one contender; what it is at is shown."""
    [task] = progress.tasks
    if not progress.console.is_terminal:  # There, a bar would be shown at the end only.
        progress.console.print(f"{task.completed + 1:.0f} of {task.total:.0f}: {name}", highlight=False)
    for event in contender_process.measure(name, plan):
        if isinstance(event, Row):
            yield event
        else:
            progress.update(task.id, description=f"{name}: {event}")


def _progress() -> Progress:
    columns = (MofNCompleteColumn(), BarColumn(20), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=_console(sys.stderr), transient=True)


def _console(file: object) -> Console:
    terminal = getattr(file, "isatty", bool)()
    return Console(file=file, width=None if terminal else _WIDTH_WITHOUT_TERMINAL)  # type: ignore[arg-type]


def _conditions_line(facts: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    flags = ", ".join(facts["flags"])
    return f"{facts['processor']}, {facts['cores']} cores ({flags}); {versions}; {facts['date']}, {facts['commit']}"
