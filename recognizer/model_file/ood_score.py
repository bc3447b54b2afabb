"""The in-distribution score: how well a picture is known, from its embedding; and how its numbers are stored.

It is a `HeadScore` (rejection_head.py) where the backbone came with a head of its own, else a `SimilarityScore`
(similarity.py).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from recognizer.errors import ArtifactError
from recognizer.model_file.numbers import STORED, Floats
from recognizer.model_file.rejection_head import HeadScore
from recognizer.model_file.rejection_record import HeadRejection, Rejection, SimilarityRejection
from recognizer.model_file.similarity import SimilarityScore


class OodScore(Protocol):
    """What `ModelMetadata.rejection` compares with its threshold."""

    def __call__(self, embedding: Floats) -> Floats:
        """In-distribution scores of N pictures; more is better known.

        Args:
            embedding: (N, D) float32, as engines give it.

        Returns:
            (N,) float32.
        """
        ...

    def to_array(self) -> Floats:
        """Its numbers, of the shape that the record says."""
        ...


def to_stored(score: OodScore) -> npt.NDArray[np.float16]:
    """The numbers of a score as a model file holds them."""
    return score.to_array().astype(STORED)


def to_bytes(score: OodScore) -> bytes:
    """The same row by row, to lie beside a compiled graph."""
    return to_stored(score).tobytes()


def from_stored(stored: npt.NDArray[np.floating], record: Rejection) -> OodScore:
    """The score whose numbers `to_stored` gave.

    Raises:
        ArtifactError: they have not the shape that the record says, or hold something that is no number.
    """
    if stored.dtype != STORED or stored.shape != record.shape:
        raise ArtifactError(
            f"Expected numbers for rejection of the shape {record.shape} in half precision."
            f" Received: shape={stored.shape} of {stored.dtype}"
        )
    if not np.isfinite(stored).all():
        raise ArtifactError("The model holds numbers for rejection that are not finite.")
    rows = np.ascontiguousarray(stored, np.float32)
    match record:
        case HeadRejection():
            return HeadScore.of(rows, record)
        case SimilarityRejection():
            return SimilarityScore.of(rows, record)
    raise TypeError(f"Expected a rejection. Received: {record!r}")


def from_bytes(stored: bytes, record: Rejection) -> OodScore:
    """The score whose numbers `to_bytes` gave.

    Raises:
        ArtifactError: there are more or fewer bytes than the record says, or something is no number.
    """
    rows, columns = record.shape
    expected = STORED.itemsize * rows * columns
    if len(stored) != expected:
        raise ArtifactError(f"Expected {expected} bytes for rejection. Received: {len(stored)}")
    return from_stored(np.frombuffer(stored, STORED).reshape(rows, columns), record)
