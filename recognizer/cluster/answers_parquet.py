"""A folder of Parquet files with a row a picture, on a disk or in an object store, which a later run goes on with.

    out/answers-<run>-00000.parquet    path, known, label, score, likeness, passes, top, error, detail, model, digest

A file is there when all of it is written. Who asked for the answers writes them: rows are small, nothing has to be
shared with the machines that answer, and one process sees to it that no picture has two rows.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from pyarrow import fs

from recognizer.bulk.classify_files import Answer
from recognizer.cluster import sources
from recognizer.errors import CallerError, ImageError

SCHEMA = pa.schema(
    {
        "path": pa.string(),
        "known": pa.bool_(),
        "label": pa.string(),
        "score": pa.float64(),
        "likeness": pa.float64(),
        "passes": pa.int8(),
        "top": pa.list_(pa.struct({"label": pa.string(), "score": pa.float64()})),
        "error": pa.string(),
        "detail": pa.string(),
        "model": pa.string(),
        "digest": pa.string(),
    }
)
"""What is in every file."""

_PREFIX = "answers-"
_OUR_NAME = re.compile(rf"{_PREFIX}[0-9a-f]{{12}}-\d{{5,}}\.parquet")
_TOP = 5
# Files of so many rows are small enough to lose, and large enough to read; a slow run writes some sooner.
_ROWS = 10_000
_LONGEST_S = 30.0


class NotOurFolder(CallerError):
    """The folder of answers has other files, or another model's answers."""

    code = "not_our_answers"
    title = "The folder cannot be continued"


def row(path: str, answer: Answer, model: Mapping[str, str]) -> dict[str, Any]:
    """The row of a picture.

    Args:
        path: of the picture.
        answer: what it is, or why there is no answer.
        model: `model` and `digest` of the one that answered.
    """
    if isinstance(answer, ImageError):
        return {"path": path, "error": answer.code, "detail": str(answer), **model}
    top = [{"label": each.label, "score": each.score} for each in answer.top[:_TOP]]
    shown = {"known": answer.known, "label": answer.label, "score": answer.score, "likeness": answer.likeness}
    return {"path": path, **shown, "passes": answer.passes, "top": top, **model}


class AnswersFolder:
    """A folder of answers that is open for writing; `opened` gives one."""

    def __init__(self, files: fs.FileSystem, folder: str, model: Mapping[str, str]) -> None:
        self._files = files
        self._folder = folder
        self._model = dict(model)
        self._run = uuid.uuid4().hex[:12]
        self._number = 0
        self._waiting: list[pa.Table] = []
        self._written = time.monotonic()
        self.done: set[str] = set()
        """Paths that have their row, of earlier runs too."""
        self.errors = 0
        """Those of them that could not be read."""

    def begin(self, *, overwrite: bool) -> None:
        """Finds out which pictures have their row already.

        Raises:
            NotOurFolder: another program or another model wrote there.
        """
        self._files.create_dir(self._folder, recursive=True)
        for path in list(self._ours()):  # All names are looked at before the first file is deleted.
            if overwrite:
                self._files.delete_file(path)
            else:
                self._take(path, PurePosixPath(path).name)

    def write(self, rows: pa.Table) -> int:
        """Adds rows, but for those of pictures that have one; returns how many were new."""
        paths = rows["path"].to_pylist()
        fresh = {path: at for at, path in enumerate(paths) if path not in self.done}
        self.done.update(fresh)
        new = rows.take(pa.array(fresh.values(), pa.int64())) if len(fresh) < len(paths) else rows
        self.errors += len(new) - new["error"].null_count
        if len(new):
            self._waiting.append(new.select(SCHEMA.names).cast(SCHEMA))
        if sum(map(len, self._waiting)) >= _ROWS or time.monotonic() - self._written > _LONGEST_S:
            self.flush()
        return len(new)

    def flush(self) -> None:
        """Writes a file of what has come since the last one."""
        self._written = time.monotonic()
        if not self._waiting:
            return
        name = f"{_PREFIX}{self._run}-{self._number:05}.parquet"
        half = f"{self._folder}/.{name}"
        pq.write_table(pa.concat_tables(self._waiting), half, filesystem=self._files)
        self._files.move(half, f"{self._folder}/{name}")
        self._number += 1
        self._waiting = []

    def _ours(self) -> Iterator[str]:
        """Paths of the files of answers; refuses a folder with others."""
        for info in self._files.get_file_info(fs.FileSelector(self._folder)):
            name = PurePosixPath(info.path).name
            if name.startswith("."):  # Our lock, and files that were only half written.
                continue
            if info.type != fs.FileType.File or not _OUR_NAME.fullmatch(name):
                raise NotOurFolder(f"There is {name}, which this command did not write. Choose another folder.")
            yield info.path

    def _take(self, path: str, name: str) -> None:
        """Notes the rows of an earlier run."""
        cure = "Choose another folder, or begin this one again with --overwrite."
        try:
            rows = pq.read_table(path, columns=["path", "error", *self._model], filesystem=self._files)
        except (pa.ArrowInvalid, pa.ArrowKeyError, pa.ArrowNotImplementedError) as err:
            raise NotOurFolder(
                f"{name} is damaged, or another program's. Delete it, and give the command again."
            ) from err
        for column, ours in self._model.items():
            for other in rows[column].unique().to_pylist():
                if other != ours:
                    raise NotOurFolder(f"{name} has answers of the model {other}, and this one is {ours}. {cure}")
        self.done.update(rows["path"].to_pylist())
        self.errors += len(rows) - rows["error"].null_count


@contextmanager
def opened(out: str, model: Mapping[str, str], *, overwrite: bool = False) -> Iterator[AnswersFolder]:
    """Opens a folder of answers to go on with it, or creates it; what is written in the block stays, whatever ends it.

    Args:
        out: a folder, or the address of one in an object store, where nothing keeps two runs apart.
        model: `model` and `digest` of the one that answers.
        overwrite: forget the answers that are there.

    Raises:
        NotOurFolder: another program or another model wrote there, or another run is writing now.
        OSError: it cannot be read or written.
    """
    files, folder = sources.file_system(out)
    with _locked(files, folder):
        answers = AnswersFolder(files, folder, model)
        answers.begin(overwrite=overwrite)
        try:
            yield answers
        finally:
            answers.flush()


@contextmanager
def _locked(files: fs.FileSystem, folder: str) -> Iterator[None]:
    if not isinstance(files, fs.LocalFileSystem):
        yield
        return
    files.create_dir(folder, recursive=True)
    try:
        with FileLock(f"{folder}/.lock", timeout=0):
            yield
    except Timeout as err:
        raise NotOurFolder(f"{folder} is being written by another run. Wait for it, or choose another folder.") from err
