"""The rejection head: an in-distribution score for a network whose backbone came with a head for many classes.

    embedding -> unit length -> log-odds of the classes against the background ---------------------\
              -> the backbone's own head -> log-odds of those of its outputs that are the classes ---> score

What the backbone learned first, a thousand kinds of things, says more about a picture that is none of the classes than
the classes' own pictures can. The first log-odds are linear in the embedding or, where there were many pictures of
other things to learn from, those of a hidden layer. A picture takes 0.4 ms.
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
class HiddenLayer:
    """A head with one hidden layer of H rectified units, for embeddings of unit length."""

    kernel: Floats
    """(H, D)"""
    bias: Floats
    """(H,)"""
    output_kernel: Floats
    """(C + 1, H); the last output is the background."""
    output_bias: Floats
    """(C + 1,)"""

    def logits(self, unit: Floats) -> Floats:
        """(N, C + 1) for embeddings (N, D) of unit length."""
        units = np.maximum(unit @ self.kernel.T + self.bias, 0)  # (N, H)
        return np.asarray(units @ self.output_kernel.T + self.output_bias, np.float32)

    def to_rows(self, columns: int) -> Floats:
        """(H + C + 1, columns): a row a unit and an output, weights first, its bias in the column before the last."""
        rows = np.zeros((len(self.bias) + len(self.output_bias), columns), np.float32)
        units = len(self.bias)
        rows[:units, : self.kernel.shape[1]], rows[:units, -2] = self.kernel, self.bias
        rows[units:, :units], rows[units:, -2] = self.output_kernel, self.output_bias
        return rows

    @classmethod
    def of_rows(cls, rows: Floats, units: int) -> HiddenLayer:
        """The layer whose rows `to_rows` gave."""
        hidden, output = rows[:units], rows[units:]
        return cls(np.ascontiguousarray(hidden[:, :-2]), hidden[:, -2], output[:, :units].copy(), output[:, -2])


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
    hidden: HiddenLayer | None = None
    """Says how well a picture is known in place of `kernel`, which then only says where; None: that says both."""

    def __call__(self, embedding: Floats) -> Floats:
        """See `OodScore`. A sum of log-odds; about 0 where known and unknown are equally likely."""
        logits = self.logits(unit_length(embedding))  # (N, C + 1)
        head = np.logaddexp.reduce(logits[:, :-1], axis=1) - logits[:, -1]  # (N,)
        own = self.backbone.probabilities(embedding) @ self.own  # (N,)
        odds = np.log(own + LEAST_SHARE) - np.log(np.maximum(1 - own, 0) + LEAST_SHARE)
        return np.asarray(head + self.backbone_weight * odds, np.float32)

    def logits(self, unit: Floats) -> Floats:
        """(N, C + 1) of the classes and the background, for embeddings (N, D) of unit length."""
        if self.hidden is not None:
            return self.hidden.logits(unit)
        return np.asarray(unit @ self.kernel.T + self.bias, np.float32)

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
        """(R, D + 2), a row an output: weights, bias, how much it is one of the classes; the centre; the hidden layer.

        R is K + C + 2, and H + C + 1 more where there is a hidden layer.
        """
        centre = np.zeros(self.kernel.shape[1]) if self.backbone.centre is None else self.backbone.centre
        kernel = np.concatenate([self.backbone.kernel, self.kernel, centre[None]])
        bias = np.concatenate([self.backbone.bias, self.bias, [0]])
        own = np.concatenate([self.own, np.zeros(len(self.kernel) + 1)])
        rows = np.column_stack([kernel, bias, own]).astype(np.float32)
        return rows if self.hidden is None else np.concatenate([rows, self.hidden.to_rows(rows.shape[1])])

    @classmethod
    def of(cls, rows: Floats, record: HeadRejection) -> HeadScore:
        """The score whose numbers `to_array` gave."""
        outputs = record.backbone_classes + record.outputs
        backbone, head, centre, hidden = np.split(rows, [record.backbone_classes, outputs, outputs + 1])
        return cls(
            backbone=BackboneHead(np.ascontiguousarray(backbone[:, :-2]), backbone[:, -2], centre[0, :-2]),
            own=backbone[:, -1],
            kernel=np.ascontiguousarray(head[:, :-2]),
            bias=head[:, -2],
            backbone_weight=record.backbone_weight,
            hidden=HiddenLayer.of_rows(hidden, record.hidden_units) if record.hidden_units else None,
        )
