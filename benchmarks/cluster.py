"""Times `classify --ray` on local nodes of one core beside the command line, and counts rows where something dies.

    pictures -> classify --csv, held to one core | --ray, one node | two nodes | an actor killed | a node removed | S3

Every node is held to a core of its own. Rows are read back from the Parquet files: each picture has exactly one.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import pictures, processes
from benchmarks.pictures import Kind

_KIND = Kind("640 x 480", 640, 480, 40)
_ACTOR = b"Classifier"
_POLL_S = 0.25
Disturb = Callable[[Any, list[Any]], None]


@dataclass(frozen=True)
class Run:
    """What one way of classifying all pictures took."""

    name: str
    seconds: float
    cpu_s: float
    """Of the command, and of the nodes where there are any, from its start to its end."""
    rows: int
    distinct: int
    errors: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line: prints a line for each way."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="r-", dir="/tmp") as name:  # Short: Ray's sockets lie in it.
        folder = Path(name)
        source = folder / "pictures"
        _write_pictures(source, options.pictures)
        ways = [_command_line, _one_node, _two_nodes, _actor_killed, _node_removed, _object_store]
        print(f"{options.pictures} JPEG files of {_KIND.name}, one look; nodes of one core each", flush=True)
        for way in ways:
            if not options.only or way.__name__.lstrip("_") in options.only:
                done = way(source, folder / way.__name__)
                print(
                    f"{done.name:60} {done.seconds:7.1f} s {done.cpu_s:7.1f} CPU s"
                    f" {done.rows:6} rows {done.distinct:6} distinct {done.errors:3} errors",
                    flush=True,
                )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--pictures", type=int, default=5000, metavar="N", help="how many (default: 5000)")
    names = "command_line one_node two_nodes actor_killed node_removed object_store"
    parser.add_argument("--only", nargs="+", choices=names.split(), metavar="WAY", help=f"these only: {names}")
    return parser


def _write_pictures(folder: Path, number: int) -> None:
    """So many files, no two with the same bytes: a few drawn ones, each with its number at its end."""
    folder.mkdir()
    drawn = [pictures.encoded(pictures.draw(_KIND.width, _KIND.height, seed)) for seed in range(_KIND.count)]
    for at in range(number):
        (folder / f"{at:05}.jpg").write_bytes(drawn[at % len(drawn)] + f"{at:05}".encode())


def _command_line(source: Path, out: Path) -> Run:
    command = ["taskset", "-c", str(_cores()[-1]), *_classify(str(source)), "--csv", str(out)]
    seconds, cpu_s = _timed(command, os.environ.copy())
    lines = [line.partition(",")[0] for line in out.read_text(encoding="utf-8").splitlines()[1:]]
    return Run("command line, one core", seconds, cpu_s, len(lines), len(set(lines)), 0)


def _one_node(source: Path, out: Path) -> Run:
    return _on_nodes("one node", 1, str(source), out)


def _two_nodes(source: Path, out: Path) -> Run:
    return _on_nodes("two nodes", 2, str(source), out)


def _actor_killed(source: Path, out: Path) -> Run:
    return _on_nodes("two nodes, an actor killed once rows were written", 2, str(source), out, _kill_an_actor)


def _node_removed(source: Path, out: Path) -> Run:
    return _on_nodes("two nodes, one removed once rows were written", 2, str(source), out, _remove_a_node)


def _object_store(source: Path, out: Path) -> Run:
    """Pictures from, and rows into, a server that behaves as S3 does."""
    with _s3(source) as endpoint:
        query = f"?endpoint_override={endpoint}&scheme=http"
        return _on_nodes("two nodes, pictures from S3 (moto)", 2, f"s3://pictures/all{query}", out)


def _on_nodes(name: str, nodes: int, source: str, out: Path, disturb: Disturb | None = None) -> Run:
    with _cluster(nodes, out.parent / f"{out.name}-ray") as (cluster, started):
        command = [*_classify(source), "--ray", cluster.address, "--out", str(out)]
        environment = os.environ | {"PYTHONWARNINGS": "default"}
        disturber = threading.Thread(target=_once_rows_are_there, args=(out, disturb, cluster, started), daemon=True)
        if disturb:
            disturber.start()
        seconds, cpu_s = _timed(command, environment)
    import pyarrow.dataset

    table = pyarrow.dataset.dataset(out).to_table(columns=["path", "error"])
    paths = table.column("path").to_pylist()
    errors = len(paths) - table.column("error").null_count
    return Run(name, seconds, cpu_s, len(paths), len(set(paths)), errors)


@contextmanager
def _cluster(nodes: int, folder: Path) -> Iterator[tuple[Any, list[Any]]]:
    """A head without cores, and nodes of one core, each held to one."""
    from ray.cluster_utils import Cluster

    folder.mkdir()
    os.environ |= {"RAY_TMPDIR": str(folder), "RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cores = _cores()
    try:
        started = [
            _held_to(cores[number % len(cores)], lambda: cluster.add_node(num_cpus=1)) for number in range(nodes)
        ]
        cluster.wait_for_nodes()
        yield cluster, started
    finally:
        cluster.shutdown()


def _held_to(core: int, start: Callable[[], Any]) -> Any:
    """What is started meanwhile inherits the core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        return start()
    finally:
        os.sched_setaffinity(0, before)


def _once_rows_are_there(out: Path, disturb: Disturb, cluster: Any, nodes: list[Any]) -> None:
    """Waits until the first rows are written, half a minute or less after the first answers, and disturbs."""
    while not list(out.glob("*.parquet")):
        time.sleep(_POLL_S)
    disturb(cluster, nodes)


def _kill_an_actor(_: Any, __: list[Any]) -> None:
    actors = [pid for pid in _descendants(os.getpid()) if _ACTOR in _command_of(pid)]
    os.kill(actors[0], signal.SIGKILL)


def _remove_a_node(cluster: Any, nodes: list[Any]) -> None:
    cluster.remove_node(nodes[-1], allow_graceful=False)


@contextmanager
def _s3(source: Path) -> Iterator[str]:
    """Host and port of moto's server with the pictures in it."""
    import boto3
    from moto.server import ThreadedMotoServer

    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "us-east-1"}
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
        client.create_bucket(Bucket="pictures")
        for path in sorted(source.iterdir()):
            client.put_object(Bucket="pictures", Key=f"all/{path.name}", Body=path.read_bytes())
        yield f"{host}:{port}"
    finally:
        server.stop()


def _classify(source: str) -> list[str]:
    return [sys.executable, "-m", "recognizer", "classify", source, "--no-second-look"]


def _timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds, and processor time of the command and of all else that we have started, until it ends."""
    watch = _ProcessorTime()
    began = time.monotonic()
    done = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with watch:
        _, said = done.communicate()
    if done.returncode:
        raise RuntimeError(f"Expected the command to end well. Received: {done.returncode}, {said[-2000:]}")
    return time.monotonic() - began, watch.total_s()


class _ProcessorTime:
    """Adds up what all processes below this one use while the block runs, those too that end meanwhile."""

    def __init__(self) -> None:
        self._at_first = {pid: processes.cpu_s(pid) for pid in _descendants(os.getpid())}
        self._last: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def total_s(self) -> float:
        return sum(last - self._at_first.get(pid, 0.0) for pid, last in self._last.items())

    def _watch(self) -> None:
        while not self._stop.wait(_POLL_S):
            for pid in _descendants(os.getpid()):
                try:
                    self._last[pid] = processes.cpu_s(pid)
                except OSError:  # It has ended; what it had used a moment ago is kept.
                    continue


def _descendants(pid: int) -> list[int]:
    found = []
    for child in _children(pid):
        found += [child, *_descendants(child)]
    return found


def _children(pid: int) -> list[int]:
    try:
        return processes.children(pid)
    except OSError:
        return []


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()
