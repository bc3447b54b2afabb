"""Fits a rejection head's hidden layer, where there are pictures of other things to learn from.

    weighted sample -> batches, pictures blended in pairs -> hidden layer, parts of it left out in turn -> its numbers

A background of many kinds of things does not lie on one side of a plane. Made unknown pictures alone are no sample for
it: they lie where a linear head expects them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recognizer.model_file.numbers import Floats, rounded
from recognizer.model_file.rejection_head import HiddenLayer
from training.calibration.background import Labels

if TYPE_CHECKING:
    import keras

UNITS = 256
"""Or as many as the embedding has numbers, where those are fewer."""
_EPOCHS = 12
_BATCH = 256
_RATE, _DECAY = 1e-3, 1e-4
_LEFT_OUT = 0.3
"""Of the embedding's numbers and of the units, at each step."""
_BLEND = 0.3
"""Of the beta distribution that says how much of each of two pictures is in their blend: mostly one of them."""


@dataclass(frozen=True)
class Sample:
    """What a rejection head is fitted on."""

    x: Floats
    """(N, D) embeddings, about of unit length."""
    targets: Labels
    """(N,) outputs: class indices, and after the last one the background."""
    weights: npt.NDArray[np.float64]
    """(N,), which add up to 1."""

    @property
    def outputs(self) -> int:
        """Of the head."""
        return int(self.targets.max()) + 1


def fit(sample: Sample, *, seed: int) -> HiddenLayer:
    """Fits a head with a hidden layer to a sample; the same for the same seed.

    Returns:
        Its numbers, rounded as they are stored.
    """
    import keras

    centre = np.asarray(sample.weights @ sample.x, np.float32)
    scale = float((sample.x - centre).std()) or 1.0
    units = min(UNITS, sample.x.shape[1])
    network = _network(sample.x.shape[1], units, sample.outputs, seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(_RATE, _EPOCHS * _steps(sample))
    network.compile(
        keras.optimizers.AdamW(rate, weight_decay=_DECAY), keras.losses.CategoricalCrossentropy(from_logits=True)
    )
    batches = _blended(sample, centre, scale, seed=seed)
    network.fit(batches, steps_per_epoch=_steps(sample), epochs=_EPOCHS, shuffle=False, verbose=0)
    kernel, bias, output_kernel, output_bias = (np.asarray(numbers, np.float32) for numbers in network.get_weights())
    kernel = np.asarray(kernel.T / scale, np.float32)  # For embeddings as they come.
    return HiddenLayer(
        kernel=rounded(kernel),
        bias=rounded(np.asarray(bias - kernel @ centre, np.float32)),
        output_kernel=rounded(output_kernel.T),
        output_bias=rounded(output_bias),
    )


def _network(features: int, units: int, outputs: int, *, seed: int) -> keras.Model:
    import keras

    first, second = keras.initializers.GlorotUniform(seed), keras.initializers.GlorotUniform(seed + 1)
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(_LEFT_OUT, seed=seed),
            keras.layers.Dense(units, activation="relu", kernel_initializer=first),
            keras.layers.Dropout(_LEFT_OUT, seed=seed + 1),
            keras.layers.Dense(outputs, kernel_initializer=second),
        ]
    )


def _blended(sample: Sample, centre: Floats, scale: float, *, seed: int) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Batches of a sample without end, each picture blended with another one of its batch: x, targets, weights.

    The loss is that of both pictures, each with its own weight and its share of the blend, so that outputs weigh as
    much as in the sample.
    """
    rng = np.random.default_rng(seed)
    weights = np.asarray(sample.weights * len(sample.weights), np.float32)  # Of 1 in the mean.
    weighted = np.eye(sample.outputs, dtype=np.float32)[sample.targets] * weights[:, None]  # (N, C + 1)
    while True:
        order = rng.permutation(len(sample.x))
        for index in range(_steps(sample)):
            rows = order[index * _BATCH : (index + 1) * _BATCH]
            others = rng.permutation(rows)
            share = rng.beta(_BLEND, _BLEND, (len(rows), 1)).astype(np.float32)
            x, targets = (share * numbers[rows] + (1 - share) * numbers[others] for numbers in (sample.x, weighted))
            total = targets.sum(axis=1, keepdims=True)
            targets /= np.maximum(total, np.finfo(np.float32).tiny)  # Both may weigh nothing.
            yield np.asarray((x - centre) / np.float32(scale), np.float32), targets, total[:, 0]


def _steps(sample: Sample) -> int:
    """Of an epoch."""
    return max(1, len(sample.x) // _BATCH)
