"""Learning rate schedules: the rate at each step of a phase, and what turns it down after an epoch.

warm-up -> constant | exponential | plateau | cyclic | cosine
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from training.config import Schedule
from training.config.schedule import Cosine, Cyclic, Exponential, Plateau


class Rate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no type stubs.
    """The learning rate as a function of the step, times a `scale` that can be turned down while training."""

    def __init__(self, options: Schedule, *, peak: float, epochs: int, steps_per_epoch: int) -> None:
        self.options = options
        self.peak = peak
        self.steps_per_epoch = max(steps_per_epoch, 1)
        self.steps = max(epochs, 1) * self.steps_per_epoch
        self.warm_up_steps = round(self.steps * options.warm_up)
        self.scale = keras.Variable(1.0, trainable=False, name="rate_scale")

    def __call__(self, step: Any) -> Any:
        """The rate at a step, counted from 0; a scalar, as is the step."""
        step = ops.cast(step, "float32")
        risen = ops.minimum((step + 1) / (self.warm_up_steps + 1), 1.0)  # A step with a rate of 0 would train nothing.
        return self.peak * self.scale * risen * self._share(ops.maximum(step - self.warm_up_steps, 0.0))

    def _share(self, step: Any) -> Any:
        """Of the peak, so many steps after the warm-up."""
        options = self.options
        if isinstance(options, Exponential):
            return ops.exp(math.log(options.factor) * step / self.steps_per_epoch)
        if isinstance(options, Cyclic):
            return _triangle(step / (options.cycle_epochs * self.steps_per_epoch), options.lowest)
        if isinstance(options, Cosine):
            progress = ops.minimum(step / max(self.steps - self.warm_up_steps, 1), 1.0)
            return options.end + (1 - options.end) * 0.5 * (1 + ops.cos(math.pi * progress))
        return 1.0

    def get_config(self) -> dict[str, Any]:
        """Asked for by Keras."""
        return {"options": self.options.model_dump(), "peak": self.peak, "steps": self.steps}


def _triangle(cycles: Any, lowest: float) -> Any:
    """1 at whole cycles, `lowest` halfway between them, straight lines from one to the other (Smith 2017)."""
    distance = ops.abs(2 * (cycles - ops.floor(cycles)) - 1)  # 1 at the peaks, 0 between them.
    return lowest + (1 - lowest) * distance


class PlateauRate:
    """Scales a rate by `factor` after `patience` epochs without a better validation loss."""

    def __init__(self, rate: Rate, options: Plateau) -> None:
        self._rate = rate
        self._options = options
        self._best = math.inf
        self._waited = 0

    def end_epoch(self, val_loss: float) -> None:
        """Takes note of the validation loss of one epoch more."""
        if val_loss < self._best - self._options.min_delta:
            self._best, self._waited = val_loss, 0
            return
        self._waited += 1
        if self._waited >= self._options.patience:
            self._rate.scale.assign(self._rate.scale * self._options.factor)
            self._waited = 0

    def state(self) -> dict[str, float]:
        """What `restore` needs to go on from here."""
        return {"scale": float(self._rate.scale), "best": float(self._best), "waited": float(self._waited)}

    def restore(self, state: dict[str, float]) -> None:
        """Goes on from what `state` gave."""
        self._rate.scale.assign(state["scale"])
        self._best, self._waited = state["best"], int(state["waited"])
