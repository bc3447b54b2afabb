"""Has a model file compiled by a process of its own: once, whoever else asks for it at the same time.

    compile_once -> lock -> python -m recognizer compile FILE --json -> its steps, line by line -> report

TensorFlow never enters the process that asked. A file made to hang or crash the HDF5 library does so there:
a step that takes far too long is stopped, and a crash becomes a sentence.
"""

from __future__ import annotations

import hashlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from filelock import FileLock

from recognizer.engines import Report
from recognizer.errors import ArtifactError

STEP_LIMIT_S = 300.0
"""Longest time without a word from the compiling process; the longest step takes about 30 s on two cores."""

_ROOT = Path(__file__).resolve().parent.parent.parent


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
        ArtifactError: the file is wrong, or the compiling process failed, crashed or hung.
    """
    with FileLock(_lock_file(model)):
        if not is_done():
            _compile(model, report, step_limit_s)


def _lock_file(model: Path) -> Path:
    """In the temporary folder, where everyone may write: one for each model file and user."""
    name = hashlib.sha256(os.fsencode(model.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"menagerie-{os.getuid()}-{name}.lock")


def _compile(model: Path, report: Report, step_limit_s: float) -> None:
    report(f"Compiling {model.name} for this machine, once; it takes about half a minute.")
    command = [sys.executable, "-m", "recognizer", "compile", str(model.resolve()), "--json"]
    error: str | None = None
    with subprocess.Popen(  # noqa: S603 - our own command; the path is one argument, whatever it holds.
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above.
        try:
            for message in map(json.loads, _lines(process.stdout, step_limit_s)):
                error = message.get("error")
                if "step" in message:
                    report(f"{model.name}: {message['step']} ...")
        except (TimeoutError, ValueError) as err:
            process.kill()
            error = f"{model} could not be compiled: {err}"
        finally:
            process.stdout.close()
    if error or process.returncode:
        raise ArtifactError(error or _crash(model, process.returncode))


def _lines(stream: IO[bytes], limit_s: float) -> Iterator[bytes]:
    """The lines of a pipe, each within a time limit."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        rest, deadline = b"", time.monotonic() + limit_s
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError(f"a step took longer than {limit_s:.0f} s. The file may be damaged.")
            chunk = os.read(stream.fileno(), 65536)
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            if lines:
                deadline = time.monotonic() + limit_s
            yield from lines


def _crash(model: Path, returncode: int) -> str:
    reason = f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
    return (
        f"{model} could not be compiled: the process ended with {reason}. The file may be damaged, or memory ran"
        " out (it takes about 3 GB)."
    )
