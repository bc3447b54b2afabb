"""What goes on around a training while it runs: keeping its state, coming to an end, telling how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from training.trainer.checkpoint import Checkpoint, Checkpoints
from training.trainer.deadline import Deadline
from training.trainer.stop import Stopping
from training.trainer.tensorboard import Scalars
from training.trainer.time_estimate import Pace

_EVERY_S = 300.0


@dataclass
class Session:
    """One go at a training run. By default nothing is kept and nothing ends early."""

    checkpoints: Checkpoints | None = None
    """Where the state is kept, within epochs too."""
    every_s: float = _EVERY_S
    """Seconds between two states within an epoch."""
    stopping: Stopping = field(default_factory=Stopping)
    deadline: Deadline = field(default_factory=Deadline)
    looks_after: int = 0
    """How often a picture is looked at after training."""
    saved: Callable[[], None] = lambda: None
    """Told whenever a state has been kept."""
    pace: Pace = field(default_factory=Pace)
    scalars: Scalars = field(default_factory=Scalars)
    _saved_at: float = field(default_factory=time.monotonic)

    def newest(self) -> Checkpoint | None:
        """The state to go on from; None at the beginning."""
        return self.checkpoints.newest() if self.checkpoints else None

    def save(self, checkpoint: Checkpoint) -> None:
        """Keeps a state."""
        if self.checkpoints:
            self.checkpoints.save(checkpoint)
            self.saved()
        self._saved_at = time.monotonic()

    def save_is_due(self) -> bool:
        """Whether the last state is old enough for another, or may be the last one."""
        return self.stopping.asked or time.monotonic() - self._saved_at >= self.every_s

    def is_up(self) -> bool:
        """Whether training has to end, so that the rest of the run ends in time."""
        return self.deadline.is_up(needed_s=self.pace.after_training_s())
