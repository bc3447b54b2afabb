"""The networks that can be trained and served, by name.

    image (N, S, S, C) -> backbone -> feature map -> average, or dense layers -> embedding -> logits -> probabilities
                                                  or projection of unit length /

Every architecture ends the same way, in layers of the same names, so that training, engines
and heat maps find what they need without knowing which backbone they are looking at.
"""

from recognizer.architectures.architecture import Architecture, InputShape
from recognizer.architectures.catalogue import ARCHITECTURES, get
from recognizer.architectures.network import (
    EMBEDDING_LAYER,
    FEATURE_MAP_LAYER,
    LOGITS_LAYER,
    PROBABILITIES_LAYER,
    PROJECTION_LAYER,
    build,
    preprocessing_of,
)

__all__ = [
    "ARCHITECTURES",
    "EMBEDDING_LAYER",
    "FEATURE_MAP_LAYER",
    "LOGITS_LAYER",
    "PROBABILITIES_LAYER",
    "PROJECTION_LAYER",
    "Architecture",
    "InputShape",
    "build",
    "get",
    "preprocessing_of",
]
