"""The pictures that a network takes for the most alike: nearest by the angle between their embeddings.

embeddings (N, E) -> unit length -> distance to one: 1 - cosine, 0 for the same picture -> the nearest few
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.model_file.numbers import Floats, unit_length

MOST = 5
HALF = np.float16
"""What embeddings of unit length are kept in: 4 kB for 2048 numbers, and distances are off by less than 0.001."""

Packed = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Neighbour:
    """One of the known pictures."""

    index: int
    """Among those that were looked through."""
    distance: float
    """1 - cosine: 0 for the same picture, about 1 for one that has nothing in common."""


def packed(embeddings: Floats) -> Packed:
    """Embeddings (N, E) as they are kept: of unit length, in half precision."""
    return unit_length(embeddings).astype(HALF)


def nearest(embedding: Floats, known: Packed, *, most: int = MOST) -> tuple[Neighbour, ...]:
    """The nearest of some known pictures, the nearest first.

    Args:
        embedding: (E,), as the network gives it.
        known: (N, E), as `packed` gives them.
        most: how many.
    """
    if not len(known):
        return ()
    cosines = known.astype(np.float32) @ unit_length(embedding[None])[0]  # (N,)
    order = np.argsort(-cosines, kind="stable")[:most]
    return tuple(Neighbour(int(at), round(max(0.0, 1 - float(cosines[at])), 4)) for at in order)
