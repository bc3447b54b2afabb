"""The rejection head: an in-distribution score for a network whose backbone came with a head for many classes.

    embedding -> unit length -> a log-odds of one of the classes against the background -----------\
              -> the backbone's own head -> log-odds of those of its outputs that are the classes ---> score

What the backbone learned first, a thousand kinds of things, says more about a picture that is none of the classes than
the classes' own pictures can. Both are linear in the embedding; a picture takes 0.4 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recognizer import calibration
from recognizer.model_file.numbers import Floats, unit_length
from recognizer.model_file.rejection_record import HeadRejection

# Less than any share that a softmax over a thousand outputs gives something it has no idea of.
LEAST_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class BackboneHead:
    """The backbone's own head, for embeddings as they are."""

    kernel: Floats
    """(K, D)"""
    bias: Floats
    """(K,)"""
    centre: Floats | None
    """(D,), the mean of embeddings of unit length over all kinds of pictures, as it was measured or, in a model file,
    taken for that; None where nobody has measured it. Whoever trains on takes it, too; serving does not need it."""

    def probabilities(self, embedding: Floats) -> Floats:
        """(N, K) for embeddings (N, D)."""
        return calibration.probabilities(embedding @ self.kernel.T + self.bias, 1.0)


@dataclass(frozen=True, eq=False)
class HeadScore:
    """The in-distribution score of a model: the numbers of its `HeadRejection`, applied to embeddings."""

    backbone: BackboneHead
    own: Floats
    """(K,), 0 to 1: how much each output of the backbone's head is one of the classes."""
    kernel: Floats
    """(C + 1, D), for embeddings of unit length; the last output is the background."""
    bias: Floats
    """(C + 1,)"""
    backbone_weight: float

    def __call__(self, embedding: Floats) -> Floats:
        """See `OodScore`. A sum of log-odds; about 0 where known and unknown are equally likely."""
        logits = unit_length(embedding) @ self.kernel.T + self.bias  # (N, C + 1)
        head = np.logaddexp.reduce(logits[:, :-1], axis=1) - logits[:, -1]  # (N,)
        own = self.backbone.probabilities(embedding) @ self.own  # (N,)
        odds = np.log(own + LEAST_SHARE) - np.log(np.maximum(1 - own, 0) + LEAST_SHARE)
        return np.asarray(head + self.backbone_weight * odds, np.float32)

    def evidence(self, feature_map: Floats) -> Floats:
        """Where in one picture how much speaks for one of the classes, against the background.

        Args:
            feature_map: (h, w, D), whose average is the embedding.

        Returns:
            (h, w).
        """
        length = np.linalg.norm(feature_map.mean(axis=(0, 1))) or 1.0
        logits = feature_map @ self.kernel.T / length + self.bias  # (h, w, C + 1)
        return np.asarray(logits[..., :-1].max(axis=-1) - logits[..., -1], np.float32)

    def to_array(self) -> Floats:
        """(K + C + 2, D + 2): of each output weights, bias, how much it is one of the classes; then the centre."""
        centre = np.zeros(self.kernel.shape[1]) if self.backbone.centre is None else self.backbone.centre
        kernel = np.concatenate([self.backbone.kernel, self.kernel, centre[None]])
        bias = np.concatenate([self.backbone.bias, self.bias, [0]])
        own = np.concatenate([self.own, np.zeros(len(self.kernel) + 1)])
        return np.column_stack([kernel, bias, own]).astype(np.float32)

    @classmethod
    def of(cls, rows: Floats, record: HeadRejection) -> HeadScore:
        """The score whose numbers `to_array` gave."""
        backbone, head, centre = np.split(rows, [record.backbone_classes, record.backbone_classes + record.outputs])
        return cls(
            backbone=BackboneHead(np.ascontiguousarray(backbone[:, :-2]), backbone[:, -2], centre[0, :-2]),
            own=backbone[:, -1],
            kernel=np.ascontiguousarray(head[:, :-2]),
            bias=head[:, -2],
            backbone_weight=record.backbone_weight,
        )
