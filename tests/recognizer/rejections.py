"""Rejections for embeddings of a few numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recognizer import Recognizer
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.rejection_head import BackboneHead, HeadScore, HiddenLayer
from recognizer.model_file.rejection_record import HeadRejection, SimilarityRejection
from recognizer.model_file.similarity import SimilarityScore
from tests.recognizer.fakes import FakeEngine, make_metadata

REFERENCES = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.6, 0.8, 0, 0]], np.float32)
UNKNOWN_WEIGHTS = np.array([0.5, -0.5, 0.25, -1], np.float32)


def make_rejection(**changes: Any) -> SimilarityRejection:
    """The record of three references for embeddings of four numbers."""
    fields: dict[str, Any] = {
        "method": "neighbours",
        "references": 3,
        "embedding_size": 4,
        "threshold": 0.9,
        "accepted_share": 0.95,
    }
    return SimilarityRejection(**{**fields, **changes})


def make_ood_score(**changes: Any) -> SimilarityScore:
    """The numbers of that record."""
    fields: dict[str, Any] = {
        "references": REFERENCES,
        "unknown_weights": None,
        "neighbours": 1,
        "similarity_weight": 1.0,
    }
    return SimilarityScore(**{**fields, **changes})


def make_head_rejection(**changes: Any) -> HeadRejection:
    """The record of a rejection head for two classes, on a backbone that knows three."""
    fields: dict[str, Any] = {
        "backbone_classes": 3,
        "outputs": 3,
        "embedding_size": 4,
        "threshold": 0.0,
        "spread": 1.0,
        "accepted_share": 0.98,
    }
    return HeadRejection(**{**fields, **changes})


def make_head_score(**changes: Any) -> HeadScore:
    """The numbers of that record: what points along the first axis is known, most of all where it is long."""
    fields: dict[str, Any] = {
        "backbone": BackboneHead(np.eye(3, 4, dtype=np.float32), np.zeros(3, np.float32), np.full(4, 0.5, np.float32)),
        "own": np.array([1, 0, 0], np.float32),
        "kernel": np.array([[2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], np.float32),
        "bias": np.zeros(3, np.float32),
        "backbone_weight": 1.0,
    }
    return HeadScore(**{**fields, **changes})


def make_hidden_layer() -> HiddenLayer:
    """Two units, of the first and the second axis; the first speaks for the first class, the second for the others."""
    return HiddenLayer(
        kernel=np.eye(2, 4, dtype=np.float32),
        bias=np.array([0, -0.5], np.float32),
        output_kernel=np.array([[3, 0], [0, 0], [0, 4]], np.float32),
        output_bias=np.array([0, 0, 1], np.float32),
    )


def make_rejecting_recognizer(**changes: Any) -> Recognizer:
    """Knows what is red or green, or a certain mixture of them; blue is none of its classes."""
    metadata = make_metadata(rejection=make_rejection(**changes))
    return Recognizer(Artifact(Path("animals-1.h5"), metadata, "sha256:0", make_ood_score()), FakeEngine())
