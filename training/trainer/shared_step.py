"""A training step that several machines share: each computes the gradients of some pictures of the batch.

    batch -> a share for each core -> the trained weights with it -> gradients, loss, accuracy -> their means by size
                                                                                   -> the optimizer, here

All that a training is stays where it is: what computes a share keeps nothing, so that one that dies is no loss. The
means are those of the whole batch, but for the order in which numbers are added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any, NamedTuple, Protocol

import keras
import numpy as np
import numpy.typing as npt

from training.code_digest import code_digest
from training.config import Phase, Recipe
from training.errors import OtherCode
from training.network.trainable import build
from training.optim.phase_setup import set_up_phase

Floats = npt.NDArray[np.float32]
Batch = tuple[Floats, Floats, Floats]


class ShareOfStep(NamedTuple):
    """What came of some pictures of a batch."""

    gradients: list[Floats]
    loss: float
    accuracy: float


@dataclass(frozen=True)
class PortableNetwork:
    """What another process, on another machine, needs to compute gradients of a phase."""

    model: str
    """The model that is saved, as Keras writes it, without weights."""
    weights: list[Floats]
    recipe: Recipe
    phase: Phase
    trained: frozenset[str]
    """The names of the layers that the phase trains."""
    policy: str
    """The arithmetic: a name of Keras's dtype policies."""
    code: tuple[str, ...]
    """What computes them: `made_with()`."""

    def opened(self) -> GradientsOf:
        """Computes them here; the whole process computes in that arithmetic from now on.

        Raises:
            OtherCode: the code is another one here.
        """
        if self.code != made_with():
            raise OtherCode(
                "One of the machines would train otherwise: it has another Menagerie, TensorFlow or Keras. Install the"
                " same on all of them."
            )
        keras.config.set_dtype_policy(self.policy)
        model: Any = keras.models.model_from_json(self.model)
        model.set_weights(self.weights)
        network = build(model, self.recipe)
        for layer in network.layers:
            layer.trainable = layer.name in self.trained
        set_up_phase(network, self.phase, self.recipe, steps_per_epoch=1)
        return GradientsOf(network, seed=(self.recipe.seed, self.recipe.fine_tune.phases().index(self.phase)))


class StepMachines(Protocol):
    """Other machines that compute shares of a step."""

    def cores(self) -> int:
        """How many shares are computed at the same time."""

    def shares_of_step(
        self, network: PortableNetwork, trained: Sequence[Floats], batches: Sequence[Batch], *, step: int
    ) -> list[ShareOfStep]:
        """What comes of each of `batches` with these values of the trained variables, in their order.

        Whatever computes one of them has to be told the number of the step, and its number among them.
        """


def made_with() -> tuple[str, ...]:
    """The code that computes gradients here."""
    return code_digest(), version("tensorflow"), version("keras")


def can_be_shared(recipe: Recipe) -> bool:
    """Whether the mean over a batch is that of its shares: pictures are neither compared nor normalised together."""
    return recipe.freezes_statistics and recipe.head.training != "triplet"


class GradientsOf:
    """Computes gradients of a network that is set up for a phase."""

    def __init__(self, network: keras.Model, *, seed: tuple[int, int]) -> None:
        self._network = network
        self._seed = seed

    def __call__(self, trained: Sequence[Floats], batch: Batch, *, step: int, number: int) -> ShareOfStep:
        """Of some pictures, with these values of the trained variables.

        What dropout draws depends on the seed, the phase, its step and the number of the share, not on who computes it,
        or has computed what before.
        """
        for variable, value in zip(self._network.trainable_variables, trained, strict=True):
            variable.assign(value)
        rng = np.random.default_rng((*self._seed, step, number))
        for state in self._seed_states:
            state.assign(rng.integers(2**31, size=state.shape))
        self._network.reset_metrics()
        gradients, loss, accuracy = self._compute(*batch)
        return ShareOfStep([np.asarray(gradient) for gradient in gradients], float(loss), float(accuracy))

    @cached_property
    def _seed_states(self) -> list[keras.Variable]:
        weights = {id(weight) for weight in self._network.weights}
        return [variable for variable in self._network.variables if id(variable) not in weights]

    @cached_property
    def _compute(self) -> Callable[..., Any]:
        import tensorflow as tf

        network = self._network

        def compute(pixels: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> Any:
            with tf.GradientTape() as tape:
                answers = network(pixels, training=True)
                loss = network.compute_loss(pixels, labels, answers, weights, training=True)
            metrics = network.compute_metrics(pixels, labels, answers, weights)
            gradients = tape.gradient(loss, [variable.value for variable in network.trainable_variables])
            return gradients, loss, metrics["accuracy"]

        return tf.function(compute, reduce_retracing=True)  # type: ignore[no-any-return]


class SharedStep:
    """A step of a phase on several machines, in place of one on this."""

    def __init__(self, network: keras.Model, portable: PortableNetwork, machines: StepMachines) -> None:
        self._network = network
        self._portable = portable
        self._machines = machines

    def __call__(self, *batch: Floats) -> dict[str, Any]:
        """Trains on a batch; returns its metrics."""
        rate = float(self._network.optimizer.learning_rate)
        count = min(len(batch[0]), max(1, self._machines.cores()))
        rows = np.array_split(np.arange(len(batch[0])), count)
        batches = [(batch[0][own], batch[1][own], batch[2][own]) for own in rows]
        trained = [np.array(variable) for variable in self._network.trainable_variables]
        step = int(self._network.optimizer.iterations)
        shares = self._machines.shares_of_step(self._portable, trained, batches, step=step)
        sizes = np.array([len(own) for own in rows], np.float32) / np.float32(len(batch[0]))
        self._apply(_mean_gradients(shares, sizes))
        # Keras divides a loss by the pictures, and an accuracy by their weights.
        counted = np.array([weights.sum() for _, _, weights in batches])
        return {
            "loss": float(sum(size * share.loss for size, share in zip(sizes, shares, strict=True))),
            "accuracy": float(np.average([share.accuracy for share in shares], weights=counted)),
            "rate": rate,
        }

    def _apply(self, gradients: Sequence[Floats]) -> None:
        tensors = [keras.ops.convert_to_tensor(gradient) for gradient in gradients]
        self._network.optimizer.apply(tensors, self._network.trainable_variables)


def _mean_gradients(shares: Sequence[ShareOfStep], sizes: Floats) -> list[Floats]:
    """Always added in the same order."""
    columns = zip(*(share.gradients for share in shares), strict=True)
    return [
        np.sum([size * each for size, each in zip(sizes, column, strict=True)], axis=0, dtype=np.float32)
        for column in columns
    ]
