"""Estimates how long a training will take, from its first steps and from what the network has to compute.

A picture costs one pass forward through all layers, and two backward through those that are trained: once for their
weights and once for their inputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

# Building the graph of the first steps takes seconds that say nothing about the others.
_PASSED_OVER = 2
_ENOUGH = 3
# Writing files, quantising the compiled graph and drawing the report, however few the pictures are.
_AFTER_S = 90.0


@dataclass
class Pace:
    """What there is to compute, and how fast that goes."""

    forward: float = 0.0
    """Multiplications of a picture's way through the network."""
    phases: Sequence[float] = ()
    """Multiplications of a picture in training, for each phase."""
    pictures: Sequence[int] = ()
    """To be trained on in each phase, if it has all its epochs."""
    validated: Sequence[int] = ()
    """To be looked at in each phase."""
    looks_after: int = 0
    """How often a picture is looked at after training."""
    _seconds: float = 0.0
    _computed: float = 0.0
    _steps: int = 0

    def begin_phase(self) -> None:
        """Has the next steps passed over: they build a graph."""
        self._steps = 0

    def step(self, phase: int, pictures: int, seconds: float) -> bool:
        """Counts a step of a phase; returns whether it is the first after which there is an estimate."""
        self._steps += 1
        if self._steps <= _PASSED_OVER or not self.phases:
            return False
        self._seconds += seconds
        self._computed += pictures * self.phases[phase]
        return self._steps == _PASSED_OVER + _ENOUGH

    def training_s(self, phase: int, done: float) -> float:
        """Seconds until the last phase has ended, if all have all their epochs.

        Args:
            phase: the one that is under way.
            done: share of it that is.
        """
        whole = [
            pictures * cost + validated * self.forward
            for pictures, cost, validated in zip(self.pictures, self.phases, self.validated, strict=True)
        ]
        return ((1 - done) * whole[phase] + sum(whole[phase + 1 :])) * self._seconds_each()

    def after_training_s(self) -> float:
        """Seconds that the rest of the run takes after training, at least."""
        return _AFTER_S + self.looks_after * self.forward * self._seconds_each()

    def _seconds_each(self) -> float:
        """Per multiplication."""
        return self._seconds / self._computed if self._computed else 0.0


def multiplications(network: keras.Model, *, trained_only: bool = False) -> float:
    """Of a picture's way through the network, or through those of its layers that are trained."""
    return sum(_of_layer(layer) for layer in network.layers if layer.trainable or not trained_only)


def _of_layer(layer: keras.layers.Layer) -> float:
    kernels = [math.prod(weight.shape) for weight in layer.weights if weight.name.endswith("kernel")]
    places = math.prod(side or 1 for side in layer.output.shape[1:-1])
    return float(sum(kernels) * places)


def minutes(seconds: float) -> str:
    """As a person says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
