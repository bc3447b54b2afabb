"""Says how a training run is gone about. None of it changes the recipe's result, but for `finish`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Conduct:
    """By default a run starts from the beginning and goes on to its end."""

    resume: bool = False
    """Whether to go on with one that was not finished."""
    overwrite: bool = False
    """Whether to start anew where there is one."""
    finish: bool = False
    """Whether to train no more, and make a model of the best so far."""
    checkpoint_min: float = 5.0
    """Minutes between two states that are kept within an epoch."""
    tensorboard: Path | None = None
    """A folder for the course of the training."""
