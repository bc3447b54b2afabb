"""Processes of their own for `python -m training`, which find its modules loaded.

Each is forked off one process that has imported them, and nothing else: Python and TensorFlow take five seconds of CPU
to start, a training of the tests one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["training.pipeline", "training.cli", "nncf"])


def start(arguments: list[str], log: Path, environment: dict[str, str]) -> ForkServerProcess:
    """Starts a command of training; what it writes goes into a file."""
    # What forks looks for modules, and for GPUs, only once.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    process = _FORKING.Process(target=_run, args=(arguments, log, environment))
    process.start()
    return process


def run(arguments: list[str], log: Path, environment: dict[str, str]) -> None:
    """Lets a command of training run to its end, which has to be a good one."""
    with_end = start(arguments, log, environment)
    with_end.join()
    assert with_end.exitcode == 0, log.read_text(encoding="utf-8")


def _run(arguments: list[str], log: Path, environment: dict[str, str]) -> None:
    from training.cli import main

    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.exit(main(arguments))
