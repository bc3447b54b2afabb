"""The embeddings of a folder of known pictures, such as those that a model learned from, in one file.

    folder/cat/a.jpg ... -> python -m recognizer embed -> <folder>/.embeddings-<model>.npz -> the nearest of any picture

Made by hand and with one model: of another one the same pictures lie elsewhere.
"""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer import files
from recognizer.errors import ArtifactError
from recognizer.explain.neighbours import HALF, Neighbour, Packed, nearest
from recognizer.folders import command_line
from recognizer.model_file.numbers import Floats

MOST = 100_000
"""Pictures in one file: 400 MB for embeddings of 2048 numbers."""
_MAX_BYTES = 2**30
_GONE = (-1, -1)

Stamp = tuple[int, int]
"""Bytes of a file, and when it was changed, in nanoseconds."""


@dataclass(frozen=True)
class KnownPictures:
    """Known pictures with what one model makes of them."""

    folder: Path
    names: tuple[str, ...]
    """Below the folder, with slashes."""
    embeddings: Packed
    """(N, E), of unit length."""
    stamps: npt.NDArray[np.int64] | None = None
    """(N, 2), the `stamp` of each, taken before it was read: one that is exchanged meanwhile is another. None of a file
    that an earlier version wrote."""

    def unchanged(self) -> Iterator[int]:
        """The indices of the pictures that are still there, as far as size and time tell the same as were kept."""
        for index, name in enumerate(self.names):
            now = stamp(self.folder / name)
            if now != _GONE and (self.stamps is None or now == self.stamp(index)):
                yield index

    def stamp(self, index: int) -> Stamp:
        """The stamp of one of them: the one that was kept, or where none was, that of the file as it is now."""
        if self.stamps is None:
            return stamp(self.folder / self.names[index])
        size, changed = self.stamps[index].tolist()
        return size, changed

    def nearest(self, embedding: Floats) -> tuple[Neighbour, ...]:
        """The nearest of them to an embedding (E,); none if that is another network's."""
        return nearest(embedding, self.embeddings) if embedding.shape == self.embeddings.shape[1:] else ()

    def path(self, index: int) -> Path | None:
        """The file of one of them; None where there is none, or it is not in the folder any more."""
        if not 0 <= index < len(self.names):
            return None
        path = (self.folder / self.names[index]).resolve()
        return path if path.is_relative_to(self.folder.resolve()) and path.is_file() else None


def path_of(folder: Path, model_digest: str) -> Path:
    """The file for one model."""
    return folder / f".embeddings-{model_digest.removeprefix('sha256:')[:16]}.npz"


def write(known: KnownPictures, model_digest: str) -> Path:
    """Writes the file for one model, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    names = np.frombuffer(json.dumps(list(known.names)).encode(), np.uint8)
    stamps: dict[str, Any] = {} if known.stamps is None else {"stamps": known.stamps}
    buffer = io.BytesIO()
    np.savez(buffer, names=names, embeddings=known.embeddings, **stamps)
    path = path_of(known.folder, model_digest)
    files.write_whole(path, buffer.getvalue())
    return path


def read(folder: Path, model_digest: str) -> KnownPictures | None:
    """The known pictures of a folder for one model; None where nobody has embedded them.

    Raises:
        ArtifactError: there is a file, and it is damaged.
    """
    path = path_of(folder, model_digest)
    if not path.exists():
        return None
    cure = f"Make it again: {command_line('recognizer', 'embed', folder)}"
    try:
        data = io.BytesIO(files.read_whole(path, _MAX_BYTES))
        files.refuse_packed(data)  # `write` packs nothing.
        with np.load(data, allow_pickle=False) as stored:
            names, embeddings = json.loads(stored["names"].tobytes()), stored["embeddings"]
            stamps = stored.get("stamps")
    except Exception as err:  # The edge: zipfile and NumPy raise a dozen kinds of errors for bytes that were changed.
        raise ArtifactError(f"{path} is damaged ({err or type(err).__name__}). {cure}") from err
    is_list = isinstance(names, list) and all(isinstance(name, str) for name in names) and len(names) <= MOST
    is_stamped = stamps is None or (stamps.dtype == np.int64 and stamps.shape == (len(embeddings), 2))
    if (
        not (is_list and is_stamped)
        or embeddings.dtype != HALF
        or embeddings.ndim != 2
        or len(embeddings) != len(names)
    ):
        raise ArtifactError(f"{path} is not one of ours. {cure}")
    if not np.isfinite(embeddings).all():
        raise ArtifactError(f"{path} holds embeddings that are no numbers. {cure}")
    return KnownPictures(folder, tuple(names), embeddings, stamps)


def stamp(path: Path) -> Stamp:
    """What tells whether a picture is still the same file: to be taken before it is read.

    Not the time of its node: links to a file, such as a training makes, and rights that are changed change that.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return _GONE
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else _GONE
