"""The record of an architecture: how its backbone is built, and which pixels it expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recognizer.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

Numbers = npt.NDArray[np.float32]
InputShape = tuple[int, int, int]
"""Height, width, channels."""


@dataclass(frozen=True)
class Architecture:
    """A network by name: how to build its backbone and which pixels it expects."""

    name: str
    build_backbone: Callable[[InputShape], keras.Model]
    """Of stock Keras layers only; its output is the feature map, (N, h, w, D)."""
    preprocessing: Preprocessing
    """What the backbone expects unless a recipe says otherwise."""
    stages: tuple[str, ...]
    """Prefixes of the layer names, from the input up: what a training phase can unfreeze."""
    smallest_input: int = 32
    """Least side of the input, in pixels."""
    dense: tuple[int, ...] = ()
    """Sizes of the dense layers on the whole feature map, the last of them the embedding; none: its average is."""
    keras_imagenet: Callable[[], keras.Model] | None = None
    """Downloads Keras's ImageNet weights for exactly this backbone; None where there are none."""
    keras_imagenet_head: Callable[[], tuple[Numbers, Numbers] | None] | None = None
    """Downloads the head that belongs to those, weights (1000, D) and biases (1000,)."""
    takes_weights_of: str | None = None
    """Another architecture whose layers it has, by name, among others."""

    @property
    def averages_feature_map(self) -> bool:
        """Whether its own embedding is the average of the feature map, so that there are class activation maps."""
        return not self.dense
