"""Embeds many pictures: the logits and embeddings that the serving graph computes, of one or more views of each."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer import Recognizer, machine
from recognizer.errors import ImageError
from recognizer.images.decode import read_file
from recognizer.model_file.numbers import Floats
from recognizer.preprocessing import Pixels, resize_and_crop
from training.progress import track

Show = Callable[[Image.Image, np.random.Generator], Sequence[Pixels]]
"""Makes what the network is shown of an RGB picture; what is random in that comes from the generator."""

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
    preprocessing = recognizer.metadata.preprocessing
    [served], readable = embed_views(
        recognizer, files, lambda picture, _: [resize_and_crop(picture, preprocessing)], description
    )
    return served, readable


def embed_views(
    recognizer: Recognizer, files: Sequence[Path], show: Show, description: str, *, views: int = 1, seed: int = 0
) -> tuple[list[Embedded], npt.NDArray[np.bool_]]:
    """Embeds several views of pictures.

    Args:
        recognizer: whose network sees them.
        files: N pictures.
        show: makes `views` views of a picture.
        description: for the terminal, while it takes its time.
        views: how many.
        seed: of what is random in them; it depends on this and the file alone.

    Returns:
        For each view, logits and embeddings of those that can be read, in their order, and (N,) which those are.
    """

    def look(path: Path) -> tuple[Floats, Floats] | None:
        try:
            data = read_file(path)
            picture = recognizer.decode(data).rgb
        except (ImageError, OSError):
            return None
        shown = show(picture, np.random.default_rng((seed, zlib.crc32(data))))
        outputs = recognizer.engine.run(np.stack(shown))
        return outputs.logits, outputs.embedding

    with ThreadPoolExecutor(machine.cores() + _SPARE_THREADS) as pool:
        found = list(track(pool.map(look, files), description, total=len(files)))
    seen = [outputs for outputs in found if outputs is not None]
    classes, features = len(recognizer.metadata.class_names), max((e.shape[1] for _, e in seen), default=0)
    logits = np.array([row for row, _ in seen], np.float32).reshape(len(seen), views, classes)
    embedding = np.array([row for _, row in seen], np.float32).reshape(len(seen), views, features)
    return (
        [Embedded(logits[:, view], embedding[:, view]) for view in range(views)],
        np.array([outputs is not None for outputs in found], bool),
    )
