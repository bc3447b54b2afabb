"""The answers of a batch, as far as there are any: read from the file that the worker writes, line by line.

results.jsonl -> rows, whole lines only -> JSON lines, as `classify` spells them
                                        -> CSV, as `python -m recognizer classify --csv` writes it
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from recognizer import files
from recognizer.bulk.answers_csv import Table, model_of
from recognizer.errors import ImageError
from recognizer.predictions import Prediction
from webui.batches.command import ROWS
from webui.batches.models import Batch
from webui.jobs import folder
from webui.problems import problem

_PIECE_BYTES = 64 * 2**10

Row = dict[str, Any]


class _Unread(ImageError):
    """Why a picture could not be read, as the worker wrote it down."""

    def __init__(self, told: dict[str, str]) -> None:
        super().__init__(told["detail"])
        self.code, self.title, self.reason = told["code"], told["title"], told.get("reason", "")


def json_lines(batch: Batch, *, after: int, limit: int, top_k: int | None) -> Iterator[bytes]:
    """The answers as JSON lines, in pieces.

    Args:
        batch: whose they are.
        after: leaves out so many of the first ones.
        limit: at most so many.
        top_k: how many classes are listed of each; None: all.
    """

    def line(row: Row) -> bytes:
        if "error" in row:
            row["error"] = problem(_Unread(row["error"]))
        elif top_k is not None:
            row["top"] = row["top"][:top_k]
        return json.dumps(row).encode() + b"\n"

    return _in_pieces(islice(_rows(batch, after), limit), line)


def csv_lines(batch: Batch) -> Iterator[bytes]:
    """The answers as a CSV file, in pieces."""
    table = Table(batch.class_names, model_of(_Model(batch), batch.digest, second_look=batch.second_look))

    def line(row: Row) -> bytes:
        return table.row(row["path"], _Unread(row["error"]) if "error" in row else Prediction.from_dict(row))

    yield table.header
    yield from _in_pieces(_rows(batch, 0), line)


class _Model:
    """The model of a batch, as `NamedModel` has it."""

    def __init__(self, batch: Batch) -> None:
        self.name, self.version, self.class_names = batch.name, batch.version, tuple(batch.class_names)


def _rows(batch: Batch, after: int) -> Iterator[Row]:
    try:
        file = files.open_plain(folder.path_of(batch.job_id) / ROWS)
    except OSError:  # It has not begun.
        return
    with file:
        for number, line in enumerate(file, 1):
            if number > after and line.endswith(b"\n"):
                yield json.loads(line)


def _in_pieces(rows: Iterator[Row], line: Callable[[Row], bytes]) -> Iterator[bytes]:
    piece = bytearray()
    for row in rows:
        piece += line(row)
        if len(piece) > _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
