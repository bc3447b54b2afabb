"""Makes the graph that serves a new model, from the pictures at hand: those trained on and those held back."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from recognizer.engines.compiler import Images, compile_model
from recognizer.engines.graph_files import Parity, Precision
from recognizer.engines.parity import Pictures
from recognizer.preprocessing import Pixels, Preprocessing, resize_and_crop
from training import progress
from training.data.dataset import LabelledImage
from training.data.picture_memory import decode_as_served
from training.data.split import Split

_CALIBRATION = 300
_COMPARISON = 300


def make(model: Path, parts: Split, preprocessing: Preprocessing, *, seed: int) -> Mapping[Precision, Parity]:
    """Compiles `model`: int8 calibrated on pictures trained on, compared with Keras on pictures held back.

    Raises:
        ArtifactError: no graph comes close to Keras, or it cannot be written.
    """
    calibration = _sample(parts.train, _CALIBRATION, seed)
    comparison = _sample(parts.validation, _COMPARISON, seed)
    pictures = Images(
        calibration=_pixels(calibration, preprocessing),
        comparison=Pictures(_pixels(comparison, preprocessing), [image.label for image in comparison]),
    )
    return compile_model(model, pictures, report=lambda step: progress.console.print(f"Serving graph: {step}"))


def _sample(pictures: Sequence[LabelledImage], most: int, seed: int) -> Sequence[LabelledImage]:
    return random.Random(seed).sample(pictures, min(most, len(pictures)))  # noqa: S311 - no secret is drawn.


def _pixels(pictures: Sequence[LabelledImage], preprocessing: Preprocessing) -> Pixels:
    return np.stack([resize_and_crop(decode_as_served(image, preprocessing).rgb, preprocessing) for image in pictures])
