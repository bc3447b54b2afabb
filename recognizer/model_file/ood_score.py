"""The in-distribution score: how much a picture resembles those that the model learned from, in its embedding.

    embedding -> unit length -> similarity to the nearest references ----\
                             -> output trained on unknown pictures -------> score

The references are means of groups of training pictures, none of a single one. Their similarity is that of deep nearest
neighbours (Sun et al. 2022, https://arxiv.org/abs/2204.06507), to far fewer neighbours. The output, a linear one,
learns from pictures of other things what the classes are not (Hendrycks et al. 2019, https://arxiv.org/abs/1812.04606).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.errors import ArtifactError
from recognizer.model_file.rejection_record import Rejection

Floats = npt.NDArray[np.float32]

# Half precision, little-endian, whatever the machine: 600 references of a ResNet-50 take 2.4 MB.
STORED = np.dtype("<f2")


@dataclass(frozen=True, eq=False)
class OodScore:
    """The in-distribution score of a model: the numbers of its `Rejection`, applied to embeddings."""

    references: Floats
    """(R, D), each of unit length but for rounding."""
    unknown_weights: Floats | None
    """(D,), the output trained on unknown pictures; less is less known."""
    neighbours: int
    similarity_weight: float

    def __call__(self, embedding: Floats) -> Floats:
        """In-distribution scores of N pictures; more is better known.

        Args:
            embedding: (N, D) float32, as engines give it.

        Returns:
            (N,) float32. Without an output for unknown pictures: a cosine, -1 to 1.
        """
        unit = unit_length(embedding)  # (N, D)
        similarity = nearest_similarity(unit, self.references, self.neighbours)  # (N,)
        if self.unknown_weights is None:
            return similarity
        return np.asarray(self.similarity_weight * similarity + unit @ self.unknown_weights, np.float32)  # (N,)

    def to_array(self) -> npt.NDArray[np.float16]:
        """(rows, D): the references, and the output for unknown pictures where there is one."""
        rows = [self.references] if self.unknown_weights is None else [self.references, self.unknown_weights[None]]
        return np.concatenate(rows).astype(STORED)

    @classmethod
    def from_array(cls, stored: npt.NDArray[np.floating], record: Rejection) -> OodScore:
        """The score whose numbers `to_array` gave.

        Raises:
            ArtifactError: it has not the shape that the record says, or holds something that is no number.
        """
        expected = (record.rows, record.embedding_size)
        if stored.dtype != STORED or stored.shape != expected:
            raise ArtifactError(
                f"Expected numbers for rejection of the shape {expected} in half precision."
                f" Received: shape={stored.shape} of {stored.dtype}"
            )
        if not np.isfinite(stored).all():
            raise ArtifactError("The model holds numbers for rejection that are not finite.")
        rows = np.ascontiguousarray(stored, np.float32)
        return cls(
            references=rows[: record.references],
            unknown_weights=rows[-1] if len(rows) > record.references else None,
            neighbours=record.neighbours,
            similarity_weight=record.similarity_weight,
        )

    def to_bytes(self) -> bytes:
        """The numbers of `to_array` row by row, to lie beside a compiled graph."""
        return self.to_array().tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes, record: Rejection) -> OodScore:
        """The score whose numbers `to_bytes` gave.

        Raises:
            ArtifactError: there are more or fewer bytes than the record says, or something is no number.
        """
        expected = STORED.itemsize * record.rows * record.embedding_size
        if len(stored) != expected:
            raise ArtifactError(f"Expected {expected} bytes for rejection. Received: {len(stored)}")
        return cls.from_array(np.frombuffer(stored, STORED).reshape(record.rows, record.embedding_size), record)


def unit_length(embedding: Floats) -> Floats:
    """Divides each row of (N, D) by its length; a row of zeros stays one."""
    lengths = np.linalg.norm(embedding, axis=1, keepdims=True)  # (N, 1)
    return np.asarray(embedding / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def nearest_similarity(unit: Floats, references: Floats, neighbours: int) -> Floats:
    """(N,) mean cosine of each row of `unit` (N, D) with its nearest rows of `references` (R, D)."""
    cosines = unit @ references.T  # (N, R)
    if neighbours == 1:
        return np.asarray(cosines.max(axis=1), np.float32)
    return np.asarray(np.partition(cosines, -neighbours, axis=1)[:, -neighbours:].mean(axis=1), np.float32)
