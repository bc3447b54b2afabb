"""The network's input as users of other runtimes make it: `keras.applications.resnet50.preprocess_input`, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks import pictures

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

SIZE = 224
_EXAMPLES = 8


def examples() -> Pixels:
    """Some drawn pictures, uint8 RGB (N, 224, 224, 3), that every contender is asked about."""
    drawn = (pictures.draw(pictures.SMALL.width, pictures.SMALL.height, 2000 + seed) for seed in range(_EXAMPLES))
    return np.stack([pixels(picture) for picture in drawn])


def batch(size: int) -> Floats:
    """The examples, over and over until there are `size`, normalised: float32 (size, 224, 224, 3)."""
    return normalized(np.resize(examples(), (size, SIZE, SIZE, 3)))


def pixels(picture: Image.Image) -> Pixels:
    """One picture, mode RGB, as uint8 (224, 224, 3)."""
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BILINEAR))


def normalized(rgb: Pixels) -> Floats:
    """Blue first, ImageNet's mean subtracted: uint8 (N, 224, 224, 3) -> float32."""
    return np.ascontiguousarray(rgb[..., ::-1] - np.array([103.939, 116.779, 123.68], np.float32))


def probabilities(logits: npt.NDArray[Any]) -> Floats:
    """Softmax of (N, C)."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), np.float32)
