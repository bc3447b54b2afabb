"""The file of a batch's answers: a JSON object a line, in the order of the pictures, which a later run goes on with.

    {"number": 1, "path": "cats/a.jpg", "filename": "a.jpg", "width": 500, ..., "model": "animals-2", "digest": "..."}
    {"number": 2, "path": "b.jpg", "filename": "b.jpg", "error": {"code": ..., "title": ..., "detail": ...}, ...}

A line is written whole, or dropped by the next run; so is what follows a line that is not the one that belongs there.
A file whose first line is another one is refused: another program wrote it, or it has the answers of another zip file,
another model, or another number of looks.
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

from recognizer import files
from recognizer.errors import CallerError, ImageError
from recognizer.files import OWNER_ONLY
from recognizer.predictions import Prediction

# What a power failure may cost, in seconds of work; a process that is killed costs nothing but half a line.
_FLUSH_EVERY_S = 1.0
# With 10,000 classes a line has half a megabyte.
_MOST_LINE_BYTES = 4 * 2**20
_FIRST_BYTES = b'{"number": 1, "path": '
_FOREIGN = "It was not written by this command."


class NotOurJsonl(CallerError):
    """The file cannot be continued: another program wrote it, or it has answers to something else."""

    code = "not_our_answers"
    title = "The file of answers cannot be used"


class AnswersJsonl:
    """A file of answers that is open for writing; `opened` gives one."""

    def __init__(self, file: BinaryIO, model: str, digest: str, *, second_look: bool = True) -> None:
        self._file = file
        self._model: dict[str, object] = {"model": model, "digest": digest}
        if not second_look:
            self._model["second_look"] = False
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
        """Finds out which pictures an earlier run has answered, and drops what else is in the file.

        Raises:
            NotOurJsonl: the first line is not that of the first picture; nothing is dropped.
        """
        end = 0
        for line in iter(lambda: self._file.readline(_MOST_LINE_BYTES), b""):
            row = _read(line)
            if self.done == len(paths) or not self._is_next(row, paths[self.done]):
                if end == 0:
                    self._refuse_foreign(line, row)
                break
            self.done += 1
            self.errors += "error" in row
            end += len(line)
        self._file.seek(end)
        self._file.truncate()

    def _is_next(self, row: dict[str, Any], path: str) -> bool:
        return row.get("number") == self.done + 1 and row.get("path") == path and self._is_of_this_model(row)

    def _is_of_this_model(self, row: dict[str, Any]) -> bool:
        """Rows say how the model looked only where it looked once."""
        return {name: row[name] for name in ("model", "digest", "second_look") if name in row} == self._model

    def _refuse_foreign(self, line: bytes, row: dict[str, Any]) -> None:
        """A file whose first line does not belong there is ours only if this line was cut off."""
        if not line.endswith(b"\n") and (line.startswith(_FIRST_BYTES) or _FIRST_BYTES.startswith(line)):
            return
        if not (line.startswith(_FIRST_BYTES) and row):
            raise NotOurJsonl(_FOREIGN)
        if not self._is_of_this_model(row):
            raise NotOurJsonl("It has answers of another model, or of another number of looks.")
        raise NotOurJsonl("It has answers to the pictures of another zip file.")


@contextmanager
def opened(
    path: Path, model: str, digest: str, paths: Sequence[str], *, second_look: bool = True, overwrite: bool = False
) -> Iterator[AnswersJsonl]:
    """Opens a file of answers to go on with it, or creates it; waits while another process writes to it.

    Args:
        path: the file.
        model: name and version of the model that answers: animals-2.
        digest: of its file.
        paths: of all pictures, in their order.
        second_look: whether it looks again where it is unsure: answers of both kinds do not belong into one file.
        overwrite: forget what is in the file.

    Raises:
        NotOurJsonl: another program wrote the file, or it has answers to something else; it stays as it is.
        OSError: it cannot be read or written.
    """
    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if overwrite:
            file.truncate(0)
        answers = AnswersJsonl(file, model, digest, second_look=second_look)
        try:
            answers.begin(paths)
        except NotOurJsonl as err:
            again = "" if str(err) == _FOREIGN else ", or begin this one again with --overwrite"
            raise NotOurJsonl(f"{path} cannot be continued. {err} Choose another file{again}.") from err
        try:
            yield answers
        finally:
            answers.flush()


def _opened(path: Path) -> BinaryIO:
    """For reading and writing, created where it is missing, never emptied."""
    path.touch(OWNER_ONLY)
    files.open_plain(path).close()  # Going on with a device would read it for ever.
    return path.open("r+b")


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
