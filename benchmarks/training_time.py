"""`python -m benchmarks.training_time`: how long `fit` takes to its accuracy, against plain Keras on the same pictures.

Both start from the same weights of the same network, in processes of their own, one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from benchmarks import conditions
from benchmarks.servers import ROOT


@dataclass(frozen=True)
class Trained:
    """A training that was timed."""

    name: str
    seconds: float
    cpu_seconds: float
    """Of all its threads: what the time would be made of if nothing else ran."""
    accuracy: float
    """On the hold-out folder."""


def main(arguments: list[str] | None = None) -> int:
    """Runs both and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_time", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="class folders to train on")
    parser.add_argument("--hold-out", type=Path, required=True, metavar="DIR", help="class folders from other sources")
    parser.add_argument("--weights", type=Path, required=True, metavar="FILE", help="of a resnet50v1.5 (.weights.h5)")
    parser.add_argument("--recipe", default="animals", help="(default: %(default)s)")
    parser.add_argument(
        "--epochs", nargs=2, default=("2", "2"), metavar=("FROZEN", "UNFROZEN"), help="of plain Keras (default: 2 2)"
    )
    options = parser.parse_args(arguments)
    results = [_ours(options), _plain_keras(options)]
    Console().print(_table(results))
    print(json.dumps({**conditions.describe(), "results": [vars(result) for result in results]}))
    return 0


def _ours(options: argparse.Namespace) -> Trained:
    """The whole command: audit, training, compiled graph, calibration, report; nothing taken from earlier runs."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "timed-1.h5")
        command = ["-m", "training", "fit", "--data", options.data, "--recipe", options.recipe, "--out", out]
        seconds, cpu_seconds, _ = _timed(
            [*command, "--set", f"weights={options.weights.resolve()}", "--no-photographs"],
            {"XDG_CACHE_HOME": folder},
        )
        _, _, answer = _timed(["-m", "training", "evaluate", out, "--data", options.hold_out, "--json"], {})
    return Trained(f"fit --recipe {options.recipe}", seconds, cpu_seconds, json.loads(answer)["accuracy"])


def _plain_keras(options: argparse.Namespace) -> Trained:
    frozen, unfrozen = options.epochs
    paths = ["--data", options.data, "--hold-out", options.hold_out, "--weights", options.weights]
    _, _, answer = _timed(
        ["-m", "benchmarks.plain_keras_training", *paths, "--epochs", frozen, unfrozen], {"TF_CPP_MIN_LOG_LEVEL": "3"}
    )
    last = json.loads(answer.splitlines()[-1])
    name = f"plain Keras, {frozen} + {unfrozen} epochs"
    return Trained(name, last["seconds"], last["cpu_seconds"], last["hold_out_accuracy"])


def _timed(arguments: Sequence[object], environment: dict[str, str]) -> tuple[float, float, str]:
    """Wall seconds, processor seconds with all children, and standard output."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - started, cpu_seconds, done.stdout


def _table(results: Sequence[Trained]) -> Table:
    ours, *_ = results
    names = ("minutes", "processor minutes", "right of the hold-out")
    table = Table("", *(Column(name, justify="right") for name in names), "")
    for result in results:
        table.add_row(
            result.name,
            f"{result.seconds / 60:.1f}",
            f"{result.cpu_seconds / 60:.1f}",
            f"{100 * result.accuracy:.2f} %",
            "" if result is ours else f"{result.seconds / ours.seconds:.1f}x as long",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
