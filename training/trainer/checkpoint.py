"""Keeps the state of unfinished work in files that are whole or not there.

    state -> temporary file -> fsync -> rename -> older ones removed; newest -> damaged? -> the one before it

A file is a zip of NumPy arrays (`.npz`): its check sums tell a damaged one. A run's folder may come from another
machine, so nothing in it is unpacked or unpickled, and whatever is wrong with it is a CheckpointError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer import files
from training.errors import CheckpointError
from training.progress import console

Arrays = Sequence[npt.NDArray[Any]]

_RECORD = "record"
_SUFFIX = ".npz"
_MAX_RECORD_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Checkpoint:
    """A state: a few words and many numbers."""

    record: Mapping[str, Any]
    """Whatever JSON can hold."""
    arrays: Mapping[str, Arrays] = field(default_factory=dict)
    """Lists of arrays by name."""


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a file, whole or not at all, and waits until the disk has it.

    Raises:
        CheckpointError: it cannot be written.
    """
    record = {"lengths": {name: len(arrays) for name, arrays in checkpoint.arrays.items()}, **checkpoint.record}
    flat: dict[str, Any] = {
        f"{name}.{n}": array for name, arrays in checkpoint.arrays.items() for n, array in enumerate(arrays)
    }
    with _written_whole(path) as draft, draft.open("wb") as file:
        np.savez(file, **{_RECORD: np.array(json.dumps(record)), **flat})


def write_text(path: Path, text: str) -> None:
    """Writes a small file, whole or not at all.

    Raises:
        CheckpointError: it cannot be written.
    """
    with _written_whole(path) as draft:
        draft.write_text(text, encoding="utf-8")


def read(path: Path) -> Checkpoint:
    """Reads a file that `write` has made.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    try:
        with files.open_plain(path) as file:
            files.refuse_packed(file)  # `write` packs nothing.
            with np.load(file, allow_pickle=False) as stored:
                return _unpacked(stored)
    except Exception as err:  # The edge: zipfile and NumPy raise a dozen kinds of errors for bytes that were changed.
        raise CheckpointError(f"{path} is damaged. ({err or type(err).__name__})") from err


def _unpacked(stored: Mapping[str, npt.NDArray[Any]]) -> Checkpoint:
    text = stored[_RECORD]
    if text.shape != () or text.dtype.kind != "U" or text.nbytes > _MAX_RECORD_BYTES:
        raise ValueError("its record is no text")
    record = dict(json.loads(str(text[()])))
    lengths = dict(record.pop("lengths"))
    if sum(lengths.values()) != len(stored) - 1:
        raise ValueError("arrays are missing or too many")
    return Checkpoint(
        record, {name: [stored[f"{name}.{n}"] for n in range(length)] for name, length in lengths.items()}
    )


def fits(arrays: Arrays, expected: Iterable[Any]) -> bool:
    """Whether arrays have the shapes of others, or of variables."""
    return [tuple(array.shape) for array in arrays] == [tuple(other.shape) for other in expected]


class Checkpoints:
    """The newest states of one piece of work, in a folder of its own."""

    def __init__(self, folder: Path, *, kept: int = 2) -> None:
        self._folder = folder
        self._kept = kept

    def save(self, checkpoint: Checkpoint) -> None:
        """Adds a state, and removes those that are too many.

        Raises:
            CheckpointError: it cannot be written.
        """
        files = self._files()
        self._folder.mkdir(parents=True, exist_ok=True)
        number = int(files[0].stem) + 1 if files else 1
        write(self._folder / f"{number:06}{_SUFFIX}", checkpoint)
        for old in files[self._kept - 1 :]:
            old.unlink(missing_ok=True)

    def newest(self) -> Checkpoint | None:
        """The newest state that is whole; None without any. Says which are damaged."""
        return next(self._whole(), None)

    def _whole(self) -> Iterator[Checkpoint]:
        for path in self._files():
            try:
                yield read(path)
            except CheckpointError as err:
                console.print(f"{err} Going on from the one before it.", soft_wrap=True, markup=False)

    def _files(self) -> list[Path]:
        """Newest first."""
        return sorted((path for path in self._folder.glob(f"*{_SUFFIX}") if path.stem.isdecimal()), reverse=True)


@contextmanager
def _written_whole(path: Path) -> Iterator[Path]:
    try:
        with files.written_whole(path, durable=True) as draft:
            yield draft
    except OSError as err:
        raise CheckpointError(f"The training cannot be kept in {path.parent}: {err.strerror or err}.") from err
