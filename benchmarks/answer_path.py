"""Times each step from the bytes of a picture to its answer, and whole requests, beside another copy of the project.

    decode + resize + network (the parts) | bytes -> answer (the library) | request -> answer (HTTP, history, API key)

Each copy is measured in turn, `--rounds` times; the table has the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import history_path, load, pictures, servers
from benchmarks.load import Load
from benchmarks.pictures import LARGE, SMALL, Kind
from benchmarks.servers import ROOT
from recognizer import machine
from recognizer.registry import versions

Figures = dict[str, float]

_PROCESS = Path(__file__).with_name("answer_path_process.py")
_CONNECTIONS = 8
# With one look, so that the network runs once a picture in each.
_ONE_LOOK = {"MENAGERIE_SECOND_LOOK": "0"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line: prints the table."""
    options = _parser().parse_args(arguments)
    copies = {"here": ROOT} | ({"beside": options.beside.resolve()} if options.beside else {})
    with tempfile.TemporaryDirectory() as folder:
        for kind in (SMALL, LARGE):
            found = _measured(copies, kind, options, Path(folder))
            print(f"\n{kind.name}, {machine.cores()} cores, medians of {options.rounds} rounds", flush=True)
            _print_table(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answer_path", description=__doc__)
    parser.add_argument("--beside", type=Path, metavar="DIR", help="another copy of the project, measured in turn")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default: 3)")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each measurement (default: 5)")
    return parser


def _measured(copies: dict[str, Path], kind: Kind, options: argparse.Namespace, folder: Path) -> dict[str, Figures]:
    pictures.jpegs(kind, Path("var/bench/pictures"))
    rounds: dict[str, list[Figures]] = {name: [] for name in copies}
    with ExitStack() as stack:
        asked = {name: _Server(stack, root, kind, folder / name) for name, root in copies.items()}
        for number in range(options.rounds):
            for name in sorted(copies, reverse=bool(number % 2)):
                steps = _steps(copies[name], kind, options.seconds)
                rounds[name].append(_with_sums(steps | asked[name].figures(options.seconds)))
    return {
        name: {figure: statistics.median(each[figure] for each in found) for figure in found[0]}
        for name, found in rounds.items()
    }


def _steps(root: Path, kind: Kind, seconds: float) -> Figures:
    """What `answer_path_process` measures in a copy of the project."""
    files = sorted(Path("var/bench/pictures").resolve().glob(f"{kind.width}x{kind.height}-*.jpg"))
    # The model of this copy for all of them.
    command = [sys.executable, "-P", str(_PROCESS), str(versions.active().resolve()), str(seconds), *map(str, files)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    found: Figures = json.loads(done.stdout)
    return found


class _Server:
    """A server of one copy, with a history, asked with an API key."""

    def __init__(self, stack: ExitStack, root: Path, kind: Kind, folder: Path) -> None:
        jpegs = pictures.jpegs(kind, Path("var/bench/pictures"))
        environment = _ONE_LOOK | {
            "MENAGERIE_DATA": str(folder / kind.name),
            "MENAGERIE_RATE": "0",
            "MENAGERIE_MODEL": str(versions.active().resolve()),
        }
        first = load.http_request(jpegs[0], path="/api/v1/classify")
        self._server = stack.enter_context(
            servers.menagerie(first, folder / f"{kind.width}.log", environment, root=root)
        )
        key = history_path.made_key(environment, root=root)
        self._requests = tuple(load.http_request(jpeg, path="/api/v1/classify", key=key) for jpeg in jpegs)
        self._ask(_CONNECTIONS, 2.0)

    def figures(self, seconds: float) -> Figures:
        """Latency of one connection, and requests a second of eight."""
        alone = self._ask(1, seconds)
        return {
            "request_alone_ms": 1000 * statistics.median(alone.latencies_s()),
            "requests_per_second": self._ask(_CONNECTIONS, seconds).per_second,
        }

    def _ask(self, connections: int, seconds: float) -> load.Answers:
        found = load.run(Load(self._server.port, self._requests, connections, seconds))
        if found.failures:
            raise RuntimeError(f"Expected every request to be answered. Received: failures={found.failures}.")
        return found


def _with_sums(found: Figures) -> Figures:
    """The figures, and how near the answers come to what their parts cost."""
    cores = machine.cores()
    parts_ms = found["decode_ms"] + found["resize_ms"] + 1000 * cores / found["network_per_second"]
    parts_per_second = 1000 * cores / parts_ms
    alone_ms = found["network_on_all_threads_ms"] + found["decode_ms"]
    return found | {
        "parts_per_second": parts_per_second,
        "answers / parts": found["answers_per_second"] / parts_per_second,
        "requests / answers": found["requests_per_second"] / found["answers_per_second"],
        "alone / (network on all threads + decode)": found["alone_ms"] / alone_ms,
    }


def _print_table(found: dict[str, Figures]) -> None:
    names = list(found)
    widest = max(map(len, found[names[0]]))
    print(" " * widest, *(f"{name:>10}" for name in names), *(["here / beside"] if len(names) > 1 else []))
    for figure in found[names[0]]:
        values = [found[name][figure] for name in names]
        ratio = [f"{values[0] / values[1]:13.2f}"] if len(values) > 1 else []
        print(f"{figure:{widest}}", *(f"{value:10.2f}" for value in values), *ratio)


if __name__ == "__main__":
    main()
