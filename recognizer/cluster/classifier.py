"""What runs on each machine: it reads shards, and opens the model once to answer pictures with it.

rows of shards -> read_shard -> rows of pictures -> Classifier -> rows of answers
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from recognizer.bulk.classify_files import Answer, UnreadableFile, in_threads
from recognizer.cluster import shards, sources
from recognizer.cluster.answers_parquet import SCHEMA, row
from recognizer.engines import one_blas_thread
from recognizer.errors import ArtifactError, ImageError, without_traceback
from recognizer.recognizer import Recognizer

PICTURES = pa.schema(
    {
        "path": pa.string(),
        "store": pa.string(),
        "inside": pa.binary(),
        "data": pa.large_binary(),
        "error": pa.string(),
        "detail": pa.string(),
    }
)
"""Pictures to be answered: where they are, or what is in them, or why that is not known."""
SHARDS = pa.schema({"path": pa.string(), "store": pa.string(), "inside": pa.binary(), "done": pa.list_(pa.string())})
"""Shards to be read, but for the pictures in them that have their row."""

# One is decoded, or on its way from an object store, while the network works on another.
_THREADS = 3
# What a block of a shard's pictures holds before it is handed on.
_BLOCK_BYTES = 8 * 2**20


class Classifier:
    """Answers pictures; an actor of it has the model open as long as it lives."""

    def __init__(self, model: Path, answered_by: dict[str, str], *, second_look: bool) -> None:
        """Opens the model file, on one core.

        Args:
            model: the file, at the same path on each machine.
            answered_by: `model` and `digest`, as the rows have them.
            second_look: whether to look again where it is unsure.

        Raises:
            ArtifactError: it is missing here, or another one.
        """
        one_blas_thread.keep_to_one_thread()
        self._recognizer = Recognizer.open(model, threads=1, threads_per_picture=1, second_look=second_look)
        self._answered_by = answered_by
        if self._recognizer.artifact.digest != answered_by["digest"]:
            raise ArtifactError(f"{model} is another file on one of the machines. Copy the same one to all.")

    def __call__(self, pictures: pa.Table) -> pa.Table:
        """The answers to rows of `PICTURES`, in their order."""
        answered = in_threads(partial(_answer, self._recognizer), pictures.to_pylist(), threads=_THREADS)
        rows = [row(picture["path"], answer, self._answered_by) for picture, answer in answered]
        return pa.Table.from_pylist(rows, SCHEMA)


def read_shard(shard: pa.Table) -> Iterator[pa.Table]:
    """The pictures of one row of `SHARDS`, in rows of `PICTURES`; a damaged shard has a row of its own."""
    [asked] = shard.to_pylist()
    done = set(asked["done"])
    rows, held_bytes = [], 0
    for name, content in _members(asked):
        path = f"{asked['path']}/{_text(name)}" if name else asked["path"]
        if path in done:
            continue
        rows.append({"path": path, **_column(content)})
        held_bytes += 0 if isinstance(content, ImageError) else len(content)
        if held_bytes > _BLOCK_BYTES:
            yield pa.Table.from_pylist(rows, PICTURES)
            rows, held_bytes = [], 0
    yield pa.Table.from_pylist(rows, PICTURES)


def _members(asked: dict[str, Any]) -> Iterable[shards.Member]:
    try:
        with sources.opened(asked["store"], asked["inside"]) as file:
            yield from shards.pictures(file)
    except OSError as err:
        yield "", UnreadableFile(f"{err.strerror or err}.")


def _column(content: bytes | ImageError) -> dict[str, Any]:
    if isinstance(content, ImageError):
        return {"error": content.code, "detail": str(content)}
    return {"data": content}


def _text(name: str) -> str:
    """A member's name, with what is not UTF-8 spelt out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _answer(recognizer: Recognizer, picture: dict[str, Any]) -> Answer:
    if picture["error"]:
        return _Told(picture["detail"], picture["error"])
    try:
        data = picture["data"]
        return recognizer.classify(sources.read(picture["store"], picture["inside"]) if data is None else data)
    except ImageError as err:
        return without_traceback(err)


class _Told(ImageError):
    """What was the matter on the machine that read the shard."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
