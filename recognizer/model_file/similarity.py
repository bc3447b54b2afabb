"""Similarity to what a model learned from: an in-distribution score for any network.

    embedding -> unit length -> similarity to the nearest references ----\
                             -> output trained on unknown pictures -------> score

The references are means of groups of training pictures, none of a single one. Their similarity is that of deep nearest
neighbours (Sun et al. 2022, https://arxiv.org/abs/2204.06507), to far fewer neighbours. The output, a linear one,
learns from pictures of other things what the classes are not (Hendrycks et al. 2019, https://arxiv.org/abs/1812.04606).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recognizer.model_file.numbers import Floats, unit_length
from recognizer.model_file.rejection_record import SimilarityRejection


@dataclass(frozen=True, eq=False)
class SimilarityScore:
    """The in-distribution score of a model: the numbers of its `SimilarityRejection`, applied to embeddings."""

    references: Floats
    """(R, D), each of unit length but for rounding."""
    unknown_weights: Floats | None
    """(D,), the output trained on unknown pictures; less is less known."""
    neighbours: int
    similarity_weight: float

    def __call__(self, embedding: Floats) -> Floats:
        """See `OodScore`. Without an output for unknown pictures: a cosine, -1 to 1."""
        unit = unit_length(embedding)  # (N, D)
        similarity = nearest_similarity(unit, self.references, self.neighbours)  # (N,)
        if self.unknown_weights is None:
            return similarity
        return np.asarray(self.similarity_weight * similarity + unit @ self.unknown_weights, np.float32)  # (N,)

    def to_array(self) -> Floats:
        """(rows, D): the references, and the output for unknown pictures where there is one."""
        rows = [self.references] if self.unknown_weights is None else [self.references, self.unknown_weights[None]]
        return np.concatenate(rows)

    @classmethod
    def of(cls, rows: Floats, record: SimilarityRejection) -> SimilarityScore:
        """The score whose numbers `to_array` gave."""
        return cls(
            references=rows[: record.references],
            unknown_weights=rows[-1] if len(rows) > record.references else None,
            neighbours=record.neighbours,
            similarity_weight=record.similarity_weight,
        )


def nearest_similarity(unit: Floats, references: Floats, neighbours: int) -> Floats:
    """(N,) mean cosine of each row of `unit` (N, D) with its nearest rows of `references` (R, D)."""
    cosines = unit @ references.T  # (N, R)
    if neighbours == 1:
        return np.asarray(cosines.max(axis=1), np.float32)
    return np.asarray(np.partition(cosines, -neighbours, axis=1)[:, -neighbours:].mean(axis=1), np.float32)
