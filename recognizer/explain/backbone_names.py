"""What the backbone's own head calls a picture: the names of what it knew before it learned the model's classes.

    embedding -> the head for ImageNet's thousand kinds, which the model file carries -> its best names

It is a hint, not an answer: the kinds are ImageNet's, and a picture of something else gets one of them, too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer.model_file.artifact import Artifact
from recognizer.model_file.rejection_head import HeadScore
from recognizer.predictions import BackboneName

MOST = 3

_NAMES = Path(__file__).with_name("imagenet_classes.txt")


@cache
def imagenet_names() -> tuple[str, ...]:
    """ImageNet's thousand kinds in the order of its heads."""
    return tuple(_NAMES.read_text(encoding="utf-8").splitlines())


def backbone_names(source: Artifact, embedding: npt.NDArray[np.float32]) -> tuple[BackboneName, ...]:
    """The best names for one picture; none where the model file has no such head, or one for other kinds.

    Args:
        source: the model file.
        embedding: (E,).
    """
    score, names = source.ood_score, imagenet_names()
    if not isinstance(score, HeadScore) or score.backbone.kernel.shape != (len(names), len(embedding)):
        return ()
    probabilities = score.backbone.probabilities(embedding[None])[0]
    best = np.argsort(-probabilities, kind="stable")[:MOST]
    return tuple(BackboneName(names[at], round(float(probabilities[at]), 6)) for at in best)
