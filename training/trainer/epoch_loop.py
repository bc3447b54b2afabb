"""Trains a network through one phase, from any of its batches on, to the weights of its best epoch.

batch -> step -> ... -> moving average in place -> validation -> best? -> raw weights back -> next epoch
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from training import progress
from training.config import FineTune, Phase
from training.data.prefetch import Prefetch
from training.errors import RecipeError
from training.progress import EpochBar, console
from training.trainer.checkpoint import Arrays, Checkpoint, Checkpoints
from training.trainer.stop import Deadline, Stopping
from training.trainer.tensorboard import Scalars
from training.trainer.time_estimate import Pace, minutes
from training.trainer.validation import Validator

if TYPE_CHECKING:
    import keras

    from training.data.batches import Batches
    from training.optim.schedules import PlateauRate
    from training.trainer.shared_step import StepMachines

Floats = npt.NDArray[np.float32]
Batch = tuple[Floats, Floats, Floats]

# Far above any loss that can be mended: guessing among 10,000 classes costs 9.
_LOST = 1000.0
# Keras divides this one by the weights of a batch's pictures, and the loss by their number.
_WEIGHTED = "accuracy"
# Seconds between two states within an epoch.
_EVERY_S = 300.0


def phase_title(unfreeze: str) -> str:
    """What a phase is called on the screen, by the lowest stage that it trains."""
    return f"Training {unfreeze} and up"


@dataclass
class PhaseState:
    """Where the training of a phase stands: with the variables of network and optimizer, all that going on needs."""

    epoch: int = 0
    """Counted from 0."""
    batch: int = 0
    """The next one of the epoch."""
    pictures: int = 0
    """Of this epoch that have been trained on."""
    weight: float = 0.0
    """Of those pictures, together."""
    sums: dict[str, float] = field(default_factory=dict)
    """Of the metrics of this epoch, over those pictures; of the accuracy, over their weight."""
    seconds: float = 0.0
    waited_s: float = 0.0
    """Of them, for pictures."""
    history: dict[str, list[float]] = field(default_factory=dict)
    """Metrics of the epochs done."""
    best_loss: float = math.inf
    best_epoch: int = -1
    best: Arrays = ()
    """The weights of the best epoch."""

    def add_batch(self, metrics: Mapping[str, float], *, pictures: int, weight: float) -> None:
        """Counts a batch of so many pictures, which weigh so much together."""
        for name, value in metrics.items():
            share = weight if name == _WEIGHTED else pictures
            self.sums[name] = self.sums.get(name, 0.0) + float(value) * share
        self.pictures += pictures
        self.weight += weight
        self.batch += 1

    def means(self) -> dict[str, float]:
        """Of the metrics of this epoch so far."""
        return {
            name: total / (self.weight if name == _WEIGHTED else self.pictures) for name, total in self.sums.items()
        }

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
        self.weight = self.seconds = self.waited_s = 0.0
        return metrics

    def is_over(self, *, epochs: int, patience: int) -> bool:
        """Whether the phase has all its epochs, or `patience` of them without a better one."""
        return self.epoch >= epochs or self.epoch - 1 - self.best_epoch >= patience

    def record(self) -> dict[str, Any]:
        """All but the weights, for a checkpoint."""
        return {name: value for name, value in vars(self).items() if name != "best"}


@dataclass
class TrainerState:
    """What goes on around a training in this process. By default nothing is kept and nothing ends early."""

    checkpoints: Checkpoints | None = None
    """Where the state is kept, within epochs too."""
    every_s: float = _EVERY_S
    """Seconds between two states within an epoch."""
    stopping: Stopping = field(default_factory=Stopping)
    deadline: Deadline = field(default_factory=Deadline)
    saved: Callable[[], None] = lambda: None
    """Told whenever a state has been kept."""
    pace: Pace = field(default_factory=Pace)
    scalars: Scalars = field(default_factory=Scalars)
    told_of: Callable[[Floats], None] = lambda _: None
    """Told, after each epoch, what the network says of the pictures held back."""
    machines: StepMachines | None = None
    """Others that share the steps, where the recipe allows it."""
    _saved_at: float = field(default_factory=time.monotonic)

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


@dataclass
class EpochLoop:
    """The training of one phase."""

    network: keras.Model
    """Compiled, and with the weights and optimizer variables to go on from."""
    train: Batches
    validation: Batches
    number: int
    """Of the phase, from 0."""
    first_epoch: int
    """Epochs that the phases before it have by the recipe: the pictures go on from there, they do not come again."""
    phase: Phase
    options: FineTune
    state: PhaseState
    plateau: PlateauRate | None
    trainer: TrainerState
    keep: Callable[[], None]
    """Keeps all of this, so that it can be gone on with."""
    shared: Callable[..., dict[str, Any]] | None = None
    """A step that other machines share; None: this one does all of it."""

    def run(self) -> None:
        """Trains until the phase is over, or its time is up; leaves the best weights in the network.

        Raises:
            RecipeError: the loss left all bounds.
            KeyboardInterrupt: somebody stopped it; what is done is kept.
        """
        epochs, steps, state = self.phase.epochs, len(self.train), self.state
        done = state.epoch * steps + state.batch
        self.trainer.pace.begin_phase()
        with EpochBar(phase_title(self.phase.unfreeze), epochs=epochs, steps=steps, done=done) as self._bar:
            while not (state.is_over(epochs=epochs, patience=self.options.patience) or self.trainer.deadline.cut):
                self._epoch()
                self.trainer.stopping.raise_if_stopped()
        if state.best:
            self.network.set_weights(state.best)

    def _epoch(self) -> None:
        self.train.epoch = self.first_epoch + self.state.epoch
        self._train_rest_of_epoch()
        if not self.state.batch:  # Its time was up before it began.
            return
        self._refuse_divergence()
        with self._averaged():
            validated, outputs = self._validator.validate()
            metrics = self.state.end_epoch(validated, self.network.get_weights(), min_delta=self.options.min_delta)
        if self.plateau:
            self.plateau.end_epoch(metrics["val_loss"])
        self._bar.epoch(self.state.epoch, metrics)
        self.trainer.told_of(outputs)
        self.trainer.scalars.write(f"epoch of phase {self.number + 1}", metrics, step=self.state.epoch)
        self.keep()

    def _train_rest_of_epoch(self) -> None:
        batches = Prefetch(self.train, first=self.state.batch)
        for batch in batches:
            if self.trainer.is_up():
                return
            self._train_batch(batch, batches)
            if self.trainer.save_is_due() and self.state.batch < len(self.train):
                self.keep()
                self.trainer.stopping.raise_if_stopped()

    def _train_batch(self, batch: Batch, batches: Prefetch[Batch]) -> None:
        started = time.monotonic()
        self.network.reset_metrics()  # Means over an epoch are ours: they have to survive its interruption.
        metrics = {name: float(value) for name, value in self._step(*batch).items()}
        seconds = time.monotonic() - started
        self.state.seconds += seconds + batches.waited_s
        self.state.waited_s += batches.waited_s
        batches.waited_s = 0.0
        self.state.add_batch(metrics, pictures=len(batch[0]), weight=float(batch[2].sum()))
        self._bar.step(self.state.means()["loss"])
        step = self.state.epoch * len(self.train) + self.state.batch
        self.trainer.scalars.write(f"step of phase {self.number + 1}", metrics, step=step)
        if self.trainer.pace.step(self.number, len(batch[0]), seconds):
            self._say_how_long()

    def _say_how_long(self) -> None:
        pace, state = self.trainer.pace, self.state
        done = (state.epoch + state.batch / len(self.train)) / self.phase.epochs
        training, after = pace.training_s(self.number, done), pace.after_training_s()
        console.print(f"  about {minutes(training)} of training left, and {minutes(after)} after it")
        progress.tell("estimate", seconds_left=round(training + after))

    @cached_property
    def _validator(self) -> Validator:
        return Validator(self.network, self.validation)

    @cached_property
    def _step(self) -> Callable[..., dict[str, Any]]:
        """One function for batches of all sizes: Keras's own would build its graph twice, for the last is smaller."""
        if self.shared is not None:
            return self.shared
        import keras
        import tensorflow as tf

        shapes = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in self.train[0]]

        def step(*batch: tf.Tensor) -> dict[str, tf.Tensor]:
            rate = keras.ops.convert_to_tensor(self.network.optimizer.learning_rate)
            return {**self.network.train_step(batch), "rate": rate}

        return tf.function(step, input_signature=shapes)  # type: ignore[no-any-return]

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The network with the moving average of its weights, where there is one."""
        trained = self.network.trainable_variables
        raw = [np.array(variable) for variable in trained]
        self.network.optimizer.finalize_variable_values(trained)
        yield
        for variable, value in zip(trained, raw, strict=True):
            variable.assign(value)

    def _refuse_divergence(self) -> None:
        if not self.state.means()["loss"] < _LOST:
            raise RecipeError(
                f"The training of {self.phase.unfreeze} and up diverged at the rate {self.phase.learning_rate:g}."
                " Choose lower rates with --set 'fine_tune.learning_rate=[...]', one for each phase."
            )
