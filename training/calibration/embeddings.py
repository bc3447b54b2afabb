"""Embeds many pictures: the logits and embeddings that the serving graph computes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer, machine
from recognizer.errors import ImageError
from recognizer.images.decode import read_file
from training.progress import track

Floats = npt.NDArray[np.float32]

_SPARE_THREADS = 2


@dataclass(frozen=True)
class Embedded:
    """Logits and embeddings of N pictures."""

    logits: Floats
    """(N, C)"""
    embedding: Floats
    """(N, D)"""

    def __len__(self) -> int:
        return len(self.logits)

    def __getitem__(self, chosen: npt.NDArray[np.bool_ | np.int64]) -> Embedded:
        return Embedded(self.logits[chosen], self.embedding[chosen])


def embed(recognizer: Recognizer, files: Sequence[Path], description: str) -> tuple[Embedded, npt.NDArray[np.bool_]]:
    """Embeds pictures as serving does.

    Returns:
        Logits and embeddings of those that can be read, in their order, and (N,) which those are.
    """
    with ThreadPoolExecutor(machine.cores() + _SPARE_THREADS) as pool:
        found = list(track(pool.map(lambda path: _embed(recognizer, path), files), description, total=len(files)))
    seen = [row for row in found if row is not None]
    features = max((len(embedding) for _, embedding in seen), default=0)
    return (
        Embedded(
            np.array([logits for logits, _ in seen], np.float32).reshape(-1, len(recognizer.metadata.class_names)),
            np.array([embedding for _, embedding in seen], np.float32).reshape(-1, features),
        ),
        np.array([row is not None for row in found], bool),
    )


def _embed(recognizer: Recognizer, path: Path) -> tuple[Floats, Floats] | None:
    try:
        picture = recognizer.decode(read_file(path))
    except (ImageError, OSError):
        return None
    outputs = recognizer.run([picture])
    return outputs.logits[0], outputs.embedding[0]
