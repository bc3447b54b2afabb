"""Turns the learning rate down where the validation loss no longer falls."""

from __future__ import annotations

import math

import keras

from training.config.schedule import Plateau
from training.schedules import Rate


class PlateauRate(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type stubs.
    """Scales a rate by `factor` after `patience` epochs without a better validation loss."""

    def __init__(self, rate: Rate, options: Plateau) -> None:
        super().__init__()
        self._rate = rate
        self._options = options
        self._best = math.inf
        self._waited = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        loss = (logs or {}).get("val_loss", math.inf)
        if loss < self._best - self._options.min_delta:
            self._best, self._waited = loss, 0
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
