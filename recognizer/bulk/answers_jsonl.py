"""The file of a batch's answers: a JSON object a line, in the order of the pictures, which a later run goes on with.

    {"number": 1, "path": "cats/a.jpg", "filename": "a.jpg", "width": 500, ..., "model": "animals-2", "digest": "..."}
    {"number": 2, "path": "b.jpg", "filename": "b.jpg", "error": {"code": ..., "title": ..., "detail": ...}, ...}

A line is written whole, or dropped by the next run; so is what follows a line that is not the one that belongs there.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from recognizer.errors import ImageError
from recognizer.files import OWNER_ONLY
from recognizer.predictions import Prediction

# What a power failure may cost, in seconds of work; a process that is killed costs nothing but half a line.
_FLUSH_EVERY_S = 1.0
# With 10,000 classes a line has half a megabyte.
_MOST_LINE_BYTES = 4 * 2**20


class AnswersJsonl:
    """A file of answers that is open for writing; `opened` gives one."""

    def __init__(self, file: BinaryIO, model: str, digest: str) -> None:
        self._file = file
        self._model = {"model": model, "digest": digest}
        self._flushed = time.monotonic()
        self.done = 0
        """Pictures that have their line, of earlier runs too."""
        self.errors = 0
        """Those of them that could not be read."""

    def write(self, path: str, answer: Prediction | ImageError) -> None:
        """Adds the line of the next picture."""
        self.done += 1
        self.errors += isinstance(answer, ImageError)
        row = {"number": self.done, "path": path, "filename": PurePosixPath(path).name, **_said(answer)}
        self._file.write(json.dumps(row | self._model).encode() + b"\n")
        self._file.flush()
        if time.monotonic() - self._flushed > _FLUSH_EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Waits until the disk has all lines."""
        os.fsync(self._file.fileno())
        self._flushed = time.monotonic()

    def begin(self, paths: Sequence[str]) -> None:
        """Finds out which pictures an earlier run has answered, and drops what else is in the file."""
        end = 0
        for line in iter(lambda: self._file.readline(_MOST_LINE_BYTES), b""):
            row = _read(line)
            if self.done == len(paths) or not self._is_next(row, paths[self.done]):
                break
            self.done += 1
            self.errors += "error" in row
            end += len(line)
        self._file.seek(end)
        self._file.truncate()

    def _is_next(self, row: dict[str, Any], path: str) -> bool:
        expected = {"number": self.done + 1, "path": path, **self._model}
        return {name: row.get(name) for name in expected} == expected


@contextmanager
def opened(path: Path, model: str, digest: str, paths: Sequence[str]) -> Iterator[AnswersJsonl]:
    """Opens a file of answers to go on with it, or creates it; waits while another process writes to it.

    Args:
        path: the file.
        model: name and version of the model that answers: animals-2.
        digest: of its file; answers of another one are dropped.
        paths: of all pictures, in their order.

    Raises:
        OSError: it cannot be read or written.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        answers = AnswersJsonl(file, model, digest)
        answers.begin(paths)
        try:
            yield answers
        finally:
            answers.flush()


def _said(answer: Prediction | ImageError) -> dict[str, Any]:
    if isinstance(answer, Prediction):
        return answer.to_dict()
    reason = {"reason": answer.reason} if answer.reason else {}
    return {"error": {"code": answer.code, "title": answer.title, "detail": str(answer), **reason}}


def _read(line: bytes) -> dict[str, Any]:
    """What a whole line says; nothing where it is half a line, or no answer."""
    try:
        row = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
