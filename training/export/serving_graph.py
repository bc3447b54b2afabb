"""Compiles the serving graph of a new model with the pictures at hand: those trained on and those held back."""

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
from training.job import Job

_FOR_QUANTIZATION = 300
_FOR_COMPARISON = 300


def make(model: Path, job: Job) -> Mapping[Precision, Parity]:
    """Compiles a model file: int8 quantised on pictures trained on, compared with Keras on pictures held back.

    Raises:
        ArtifactError: no graph comes close to Keras, or it cannot be written.
    """
    seen = _sample(job.parts.train, _FOR_QUANTIZATION, job.recipe.seed)
    held_back = _sample(job.parts.validation, _FOR_COMPARISON, job.recipe.seed)
    pictures = Images(
        calibration=_pixels(seen, job.preprocessing),
        comparison=Pictures(_pixels(held_back, job.preprocessing), [image.label for image in held_back]),
    )
    progress.stage("Compiling")
    return compile_model(model, pictures, report=lambda step: progress.console.print(f"Serving graph: {step}"))


def _sample(pictures: Sequence[LabelledImage], most: int, seed: int) -> Sequence[LabelledImage]:
    return random.Random(seed).sample(pictures, min(most, len(pictures)))  # noqa: S311 - no secret is drawn.


def _pixels(pictures: Sequence[LabelledImage], preprocessing: Preprocessing) -> Pixels:
    return np.stack([resize_and_crop(decode_as_served(image, preprocessing).rgb, preprocessing) for image in pictures])
