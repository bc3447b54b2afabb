"""Tells whoever watches a training which of the pictures held back the network still names wrongly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from training import progress
from training.job import Job

_MOST = 24
"""Pictures that are named; all are counted."""


def tell(job: Job, logits: npt.NDArray[np.float32]) -> None:
    """Tells of them, those first where the network is surest.

    Args:
        job: which pictures are held back.
        logits: (n, C), what the network says of each, in their order.
    """
    scores = softmax(logits, axis=1)
    said, names = scores.argmax(axis=1), job.class_names
    wrong = [
        {
            "file": job.place_of(picture.path),
            "actual": names[picture.label],
            "said": names[label],
            "score": round(float(score[label]), 4),
        }
        for picture, label, score in zip(job.parts.validation, said, scores, strict=True)
        if label != picture.label
    ]
    first = sorted(wrong, key=lambda each: -float(each["score"]))[:_MOST]
    progress.tell("wrong", wrong=len(wrong), of=len(said), pictures=first)
