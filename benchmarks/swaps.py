"""`python -m benchmarks.swaps`: exchanges the model again and again under load; is a request lost, does memory grow?

A copy of the project with two versions of the model is served; every few seconds the other version is made active
(`activate` and `rollback` in turn). The versions differ in their name only.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks import load, pictures, servers
from benchmarks.load import Answer, Load
from benchmarks.memory_watch import MemoryWatch, slope
from benchmarks.rows import Latency
from benchmarks.servers import ROOT
from recognizer import folders
from recognizer.engines import graph_files
from recognizer.model_file import artifact
from recognizer.registry import versions
from recognizer.registry.activate import activate, rollback

_FOLDER = Path("var/bench")
_VERSION = rb'"version": *"([^"]*)"'
# The server looks at the file once a second and waits until it stays as it is.
_INTERVAL_S = 5.0
_MARGIN_S = 5.0


def main(arguments: list[str] | None = None) -> int:
    """Runs the swaps; the exit code is 1 where a request failed or an old version answered after a new one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.swaps", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="exchanges (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=4, help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    jpegs = pictures.jpegs(pictures.SMALL, _FOLDER / "pictures")
    requests = tuple(load.http_request(jpeg, path="/api/v1/classify") for jpeg in jpegs)
    with tempfile.TemporaryDirectory(prefix="menagerie-swaps-") as folder:
        root = _copy_of_the_project(Path(folder))
        log = (_FOLDER / "swaps.log").resolve()
        with servers.menagerie(requests[0], log, root=root) as server, MemoryWatch(server.resident_mb) as memory:
            seconds = options.count * _INTERVAL_S + _MARGIN_S
            everything = Load(server.port, requests, options.connections, seconds, mark=_VERSION)
            with ThreadPoolExecutor(1) as background:
                answers = background.submit(load.run, everything)
                swaps = _swap(root / "models", options.count)
                found = answers.result()
    return _print_result(found.answers, swaps, memory)


def _copy_of_the_project(root: Path) -> Path:
    """The code, for it finds its models beside itself, and the active model as version 1 and 2."""
    for package in ("recognizer", "webui"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    source = versions.active()
    models = root / "models"
    models.mkdir()
    for version in ("1", "2"):
        _write_version(source, models / f"swapped-{version}.h5", version)
    (models / versions.ACTIVE).write_text("swapped-1\n", encoding="utf-8")
    return root


def _write_version(source: Path, path: Path, version: str) -> None:
    """A copy of a model file that calls itself by another name, with its compiled graphs."""
    graphs = graph_files.find(source)
    if graphs is None:
        compiling = folders.command_line("recognizer", "compile", source)
        raise SystemExit(f"There is no compiled graph of {source}. Serve it once, or run: {compiling}")
    metadata = graphs.source.metadata.model_copy(update={"name": "swapped", "version": version})
    artifact.copy_with_metadata(source, path, metadata)
    with graph_files.written_whole(path) as folder:
        for kind, manifest in graphs.manifests.items():
            for name in manifest.files:
                shutil.copyfile(graphs.folders[kind] / name, folder / name)
            ours = manifest.model_copy(update={"model_digest": artifact.digest(path), "metadata": metadata})
            (folder / f"{kind}.json").write_text(ours.model_dump_json(), encoding="utf-8")


def _swap(models: Path, count: int) -> list[float]:
    """When each exchange was made, in the time of `time.monotonic`."""
    made = []
    began = time.monotonic() + _MARGIN_S / 2
    for number in range(count):
        time.sleep(max(0.0, began + number * _INTERVAL_S - time.monotonic()))
        if number == 0:
            activate("swapped-2", models)
        else:
            rollback(models)
        made.append(time.monotonic())
        print(f"\rexchange {number + 1} of {count}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return made


def _print_result(answers: Sequence[Answer], swaps: Sequence[float], memory: MemoryWatch) -> int:
    accepted = sorted((answer for answer in answers if answer.status == 200), key=lambda answer: answer.done_s)
    failed = len(answers) - len(accepted)
    exchanges = [
        _exchange(accepted, *swap) for swap in zip(swaps, _versions(), [*swaps[1:], float("inf")], strict=False)
    ]
    taken = [exchange.taken_s for exchange in exchanges if exchange.taken_s is not None]
    stale = sum(exchange.stale for exchange in exchanges)
    by_swap = [memory.samples_mb[_index_before(memory.times_s, made)] for made in swaps]
    print(f"requests: {len(answers)}, failed: {failed}; {_times([answer.latency_s for answer in accepted])}")
    print(f"answers by version: {dict(sorted(Counter(answer.mark for answer in accepted).items()))}")
    print(f"answers by the old version to requests sent after the new one had answered: {stale}")
    print(f"exchanges: {len(swaps)}, taken over by the server: {len(taken)}; {_times(taken)}")
    print(
        f"memory: {memory.samples_mb[0]:.0f} MB at first, {max(memory.samples_mb):.0f} at most, "
        f"{memory.samples_mb[-1]:.0f} at last; {slope(range(len(by_swap)), by_swap):+.2f} MB an exchange"
    )
    return 1 if failed or stale or len(taken) < len(swaps) else 0


@dataclass(frozen=True)
class _Exchange:
    taken_s: float | None
    """From the exchange to the first answer by the new version; None where there was none before the next one."""
    stale: int
    """Answers by the old version to requests that were sent after that."""


def _exchange(accepted: Sequence[Answer], made_s: float, wanted: str, next_s: float) -> _Exchange:
    between = [answer for answer in accepted if made_s < answer.done_s < next_s]
    first_s = next((answer.done_s for answer in between if answer.mark == wanted), None)
    if first_s is None:
        return _Exchange(None, 0)
    return _Exchange(first_s - made_s, sum(a.mark != wanted and a.sent_s > first_s for a in between))


def _versions() -> Iterator[str]:
    """What is active after each exchange."""
    return cycle(("2", "1"))


def _times(seconds: Sequence[float]) -> str:
    if not seconds:
        return "never"
    times = Latency.of(seconds)
    return f"p50 {times.p50_ms:.0f} ms, p99 {times.p99_ms:.0f} ms, max {times.max_ms:.0f} ms"


def _index_before(times_s: Sequence[float], moment_s: float) -> int:
    return max(0, sum(time_s <= moment_s for time_s in times_s) - 1)


if __name__ == "__main__":
    sys.exit(main())
