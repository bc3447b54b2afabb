"""Where the training of a phase stands, with its best weights so far and when it has had its best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.trainer.checkpoint import Arrays


@dataclass
class PhaseState:
    """What goes on from the next batch needs besides the variables of network and optimizer."""

    epoch: int = 0
    """Counted from 0."""
    batch: int = 0
    """The next one of the epoch."""
    pictures: int = 0
    """Of this epoch that have been trained on."""
    sums: dict[str, float] = field(default_factory=dict)
    """Of the metrics of this epoch, over those pictures."""
    seconds: float = 0.0
    waited_s: float = 0.0
    """Of them, for pictures."""
    history: dict[str, list[float]] = field(default_factory=dict)
    """Metrics of the epochs done."""
    best_loss: float = math.inf
    best_epoch: int = -1
    best: Arrays = ()
    """The weights of the best epoch."""

    def add_batch(self, metrics: Mapping[str, float], size: int) -> None:
        """Counts a batch of so many pictures."""
        for name, value in metrics.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value) * size
        self.pictures += size
        self.batch += 1

    def means(self) -> dict[str, float]:
        """Of the metrics of this epoch so far."""
        return {name: total / self.pictures for name, total in self.sums.items()}

    def end_epoch(self, validation: Mapping[str, float], weights: Arrays, *, min_delta: float) -> dict[str, float]:
        """Closes the epoch; keeps `weights` where they are the best.

        Returns:
            Its metrics.
        """
        metrics = {
            **self.means(),
            **{f"val_{name}": float(value) for name, value in validation.items()},
            "seconds": self.seconds,
            "waiting": self.waited_s / self.seconds if self.seconds else 0.0,
        }
        for name, value in metrics.items():
            self.history.setdefault(name, []).append(value)
        if metrics["val_loss"] < self.best_loss - min_delta:
            self.best_loss, self.best_epoch, self.best = metrics["val_loss"], self.epoch, weights
        self.epoch, self.batch, self.pictures, self.sums = self.epoch + 1, 0, 0, {}
        self.seconds = self.waited_s = 0.0
        return metrics

    def is_over(self, *, epochs: int, patience: int) -> bool:
        """Whether the phase has all its epochs, or `patience` of them without a better one."""
        return self.epoch >= epochs or self.epoch - 1 - self.best_epoch >= patience

    def record(self) -> dict[str, Any]:
        """All but the weights, for a checkpoint."""
        return {name: value for name, value in vars(self).items() if name != "best"}
