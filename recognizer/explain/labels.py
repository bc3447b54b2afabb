"""Compares labels with what the network takes for alike: which pictures lie among those of another class.

embeddings (N, E), labels -> the nearest ten of each picture, itself left out -> their votes, the nearer the more
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.explain.neighbours import Packed

UNLABELLED = -1
NEIGHBOURS = 10
_TEMPERATURE = 0.07
"""Of the votes, exp(cosine / temperature): Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance
Discrimination" (2018)."""
_AT_ONCE = 256


@dataclass(frozen=True)
class Vote:
    """What the neighbours of a picture say it is."""

    label: int
    share: float
    """Of all votes, 0 to 1."""


def votes(embeddings: Packed, labels: Sequence[int]) -> list[Vote | None]:
    """What the nearest labelled pictures say of each one; None where there is no other one with a label.

    Args:
        embeddings: (N, E), as `neighbours.packed` gives them.
        labels: of each, a number from 0 on, or `UNLABELLED`: it has no vote, and is voted on.
    """
    found: list[Vote | None] = []
    numbers = np.asarray(labels, np.int64)
    known = np.flatnonzero(numbers != UNLABELLED)
    voters, vectors = numbers[known], embeddings[known].astype(np.float32)
    for start in range(0, len(numbers), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        cosines = embeddings[rows].astype(np.float32) @ vectors.T  # (n, voters)
        cosines[np.arange(start, start + len(cosines))[:, None] == known] = -np.inf  # Nobody votes on himself.
        found += [_vote(row, voters) for row in cosines]
    return found


def _vote(cosines: npt.NDArray[np.float32], voters: npt.NDArray[np.int64]) -> Vote | None:
    most = min(NEIGHBOURS, int(np.isfinite(cosines).sum()))
    if not most:
        return None
    nearest = np.argpartition(-cosines, most - 1)[:most]
    weights = np.exp((cosines[nearest] - cosines[nearest].max()) / _TEMPERATURE)
    totals = np.bincount(voters[nearest], weights)
    label = int(totals.argmax())
    return Vote(label, float(totals[label] / totals.sum()))
