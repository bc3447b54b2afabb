"""Trains a network through one phase, from any of its batches on, to the weights of its best epoch.

batch -> step -> ... -> moving average in place -> validation -> best? -> raw weights back -> next epoch
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import tensorflow as tf

from training.config import FineTune, Phase
from training.data.batches import Batches, Floats
from training.data.prefetch import Prefetch
from training.errors import RecipeError
from training.progress import EpochBar, console
from training.trainer.phase_state import PhaseState
from training.trainer.session import Session
from training.trainer.time_estimate import minutes

Batch = tuple[Floats, Floats, Floats]

# Far above any loss that can be mended: guessing among 10,000 classes costs 9.
_LOST = 1000.0


@dataclass
class PhaseLoop:
    """The training of one phase."""

    network: keras.Model
    """Compiled, and with the weights and optimizer variables to go on from."""
    train: Batches
    validation: Batches
    number: int
    """Of the phase, from 0."""
    phase: Phase
    options: FineTune
    state: PhaseState
    callbacks: Sequence[keras.callbacks.Callback]
    session: Session
    keep: Callable[[], None]
    """Keeps all of this, so that it can be gone on with."""

    def run(self) -> None:
        """Trains until the phase is over, or its time is up; leaves the best weights in the network.

        Raises:
            RecipeError: the loss left all bounds.
            KeyboardInterrupt: somebody stopped it; what is done is kept.
        """
        epochs, steps, state = self.phase.epochs, len(self.train), self.state
        done = state.epoch * steps + state.batch
        self.session.pace.begin_phase()
        with EpochBar(f"Training {self.phase.unfreeze} and up", epochs=epochs, steps=steps, done=done) as self._bar:
            while not (state.is_over(epochs=epochs, patience=self.options.patience) or self.session.deadline.cut):
                self._epoch()
                self.session.stopping.obey()
        if state.best:
            self.network.set_weights(state.best)

    def _epoch(self) -> None:
        self._tell.on_epoch_begin(self.state.epoch)
        self.train.epoch = self.state.epoch
        self._train_rest_of_epoch()
        if not self.state.batch:  # Its time was up before it began.
            return
        self._refuse_divergence()
        with self._averaged():
            validated = self.network.evaluate(self.validation, verbose=0, return_dict=True)
            metrics = self.state.end_epoch(validated, self.network.get_weights(), min_delta=self.options.min_delta)
        self._tell.on_epoch_end(self.state.epoch - 1, metrics)
        self._bar.epoch(self.state.epoch, metrics)
        self.session.scalars.write(f"epoch of phase {self.number + 1}", metrics, step=self.state.epoch)
        self.keep()

    def _train_rest_of_epoch(self) -> None:
        batches = Prefetch(self.train, first=self.state.batch)
        for batch in batches:
            if self.session.is_up():
                return
            self._train_batch(batch, batches)
            if self.session.save_is_due() and self.state.batch < len(self.train):
                self.keep()
                self.session.stopping.obey()

    def _train_batch(self, batch: Batch, batches: Prefetch[Batch]) -> None:
        started = time.monotonic()
        self.network.reset_metrics()  # Means over an epoch are ours: they have to survive its interruption.
        metrics = {name: float(value) for name, value in self._step(*batch).items()}
        seconds = time.monotonic() - started
        self.state.seconds += seconds + batches.waited_s
        self.state.waited_s += batches.waited_s
        batches.waited_s = 0.0
        self.state.add_batch(metrics, len(batch[0]))
        self._bar.step(self.state.means()["loss"])
        step = self.state.epoch * len(self.train) + self.state.batch
        self.session.scalars.write(f"step of phase {self.number + 1}", metrics, step=step)
        if self.session.pace.step(self.number, len(batch[0]), seconds):
            self._say_how_long()

    def _say_how_long(self) -> None:
        pace, state = self.session.pace, self.state
        done = (state.epoch + state.batch / len(self.train)) / self.phase.epochs
        training, after = pace.training_s(self.number, done), pace.after_training_s()
        console.print(f"  about {minutes(training)} of training left, and {minutes(after)} after it")

    @cached_property
    def _step(self) -> Callable[..., dict[str, Any]]:
        """One function for batches of all sizes: Keras's own would build its graph twice, for the last is smaller."""
        shapes = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in self.train[0]]

        def step(*batch: tf.Tensor) -> dict[str, tf.Tensor]:
            rate = keras.ops.convert_to_tensor(self.network.optimizer.learning_rate)
            return {**self.network.train_step(batch), "rate": rate}

        return tf.function(step, input_signature=shapes)  # type: ignore[no-any-return]

    @cached_property
    def _tell(self) -> keras.callbacks.CallbackList:
        return keras.callbacks.CallbackList(list(self.callbacks), model=self.network, epochs=self.phase.epochs)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The network with the moving average of its weights, where there is one."""
        trained = self.network.trainable_variables
        raw = [keras.ops.convert_to_numpy(variable) for variable in trained]
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
