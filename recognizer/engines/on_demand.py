"""Compiling on demand, in a process of its own: once, however many processes ask for it at the same time.

    compile_once -> lock -> python -m recognizer compile FILE --json -> its steps, line by line -> report

TensorFlow never enters the process that asked. A file made to hang or crash the HDF5 library does so there:
a step that takes far too long is stopped, and a crash becomes a sentence.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from recognizer import folders
from recognizer.engines import Report, graph_files
from recognizer.errors import ArtifactError

STEP_LIMIT_S = 300.0
"""Longest time without a word from the compiling process; the longest step takes about 30 s on two cores."""

_MOST_STEPS = 6
_ROOT = Path(__file__).resolve().parent.parent.parent
_MAX_LINE_BYTES = 2**20


def compile_once(
    model: Path, *, report: Report, is_done: Callable[[], bool], step_limit_s: float = STEP_LIMIT_S
) -> None:
    """Compiles `model` without pictures, unless another process does so while we wait for it.

    Args:
        model: the H5 file.
        report: is told each step.
        is_done: whether there is nothing left to do; asked when it is our turn.
        step_limit_s: how long a step may take, in seconds.

    Raises:
        ArtifactError: the file is wrong, the compiling process failed, crashed or hung, or there is no place for
            the graph.
    """
    with _our_turn(model, report, _MOST_STEPS * step_limit_s):
        if not is_done():
            _compile(model, report, step_limit_s)


@contextmanager
def _our_turn(model: Path, report: Report, limit_s: float) -> Iterator[None]:
    """Waits while another process compiles the same model.

    The lock lies where the graph will: whoever may hold it may as well replace the graph. It saves work and no
    more, so we go on without it where it is held for ages, or where files cannot be locked.
    """
    folder = graph_files.destination(model)
    lock = FileLock(folder.with_name(f".{folder.name}.lock"), mode=0o666, fallback_to_soft=False)
    with suppress(OSError):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report(f"Waiting for another process that compiles {model.name}.")
            lock.acquire(timeout=limit_s)
    try:
        yield
    finally:
        lock.release()


def _compile(model: Path, report: Report, step_limit_s: float) -> None:
    from_elsewhere = graph_files.find(model, vouched_for=False) is not None
    if find_spec("tensorflow") is None:
        cure = f"Get what that takes: {folders.install_line('train')}"
        if from_elsewhere:
            raise ArtifactError(
                f"The compiled graph of {model} was made elsewhere, and has to be compared with Keras once. {cure}"
            )
        raise ArtifactError(f"{model} has no compiled graph, and it has to be made. {cure}")
    report(
        f"The compiled graph of {model.name} was made elsewhere, and is compared with Keras once; about half a minute."
        if from_elsewhere
        else f"Compiling {model.name} for this machine, once; it takes about half a minute."
    )
    options = ["--json", "--step-limit", f"{step_limit_s:g}"]  # It ends itself too: we may be gone by then.
    try:
        # Not `resolve`: the graph belongs beside the name that was asked for, be it a link.
        with _running([sys.executable, "-m", "recognizer", "compile", str(model.absolute()), *options]) as process:
            error = _follow(process, model, report, step_limit_s)
    except OSError as err:
        raise ArtifactError(f"{model} could not be compiled: {err}") from err
    if error or process.returncode:
        raise ArtifactError(error or _crash(model, process.returncode, step_limit_s))


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a process; it does not outlast the block, however that ends."""
    with subprocess.Popen(  # noqa: S603 - our own command; the path is one argument, whatever it holds.
        command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _follow(process: subprocess.Popen[bytes], model: Path, report: Report, limit_s: float) -> str | None:
    """Reports the steps of a compiling process until it ends; returns the error that it names."""
    assert process.stdout is not None  # noqa: S101 - asked for above.
    error: str | None = None
    try:
        for line in _lines(process.stdout, limit_s):
            match _message(line):
                case {"step": str(step)}:
                    report(f"{model.name}: {step} ...")
                case {"error": str(error)}:
                    pass
        process.wait(limit_s)
    except (TimeoutError, subprocess.TimeoutExpired):
        return _too_long(model, limit_s)
    except ValueError as err:
        return f"{model} could not be compiled: {err}"
    return error


def _lines(stream: IO[bytes], limit_s: float) -> Iterator[bytes]:
    """The lines of a pipe, each within a time limit."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        rest, deadline = b"", time.monotonic() + limit_s
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            chunk = os.read(stream.fileno(), 65536)
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _MAX_LINE_BYTES:
                raise ValueError("the compiling process printed a line without an end.")
            if lines:
                deadline = time.monotonic() + limit_s
            yield from lines


def _message(line: bytes) -> object:
    """What a line of JSON says; None for others, which libraries print."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _crash(model: Path, returncode: int, limit_s: float) -> str:
    if returncode == -signal.SIGALRM:
        return _too_long(model, limit_s)
    reason = f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
    return (
        f"{model} could not be compiled: the process ended with {reason}. The file may be damaged, or memory ran"
        " out (it takes about 3 GB)."
    )


def _too_long(model: Path, limit_s: float) -> str:
    return f"{model} could not be compiled: a step took longer than {limit_s:g} s. The file may be damaged."
