"""Trains the backbone with its head, in phases from the top down, and averages the weights on the way.

The state after each epoch, and every few minutes within one, is kept in the trainer's checkpoints; what is found there
is gone on with. Weights, optimizer, moving average and the order of the pictures are all part of it, or follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import keras

from recognizer import architectures
from training import progress
from training.config import HEAD, Phase, Recipe
from training.data.batches import Batches
from training.errors import CheckpointError
from training.network.trainable import build
from training.optim.phase_setup import set_up_phase
from training.trainer.checkpoint import Arrays, Checkpoint, fits
from training.trainer.epoch_loop import EpochLoop, PhaseState, TrainerState, phase_title
from training.trainer.shared_step import PortableNetwork, SharedStep, can_be_shared, made_with
from training.trainer.time_estimate import Pace, multiplications

History = list[dict[str, Any]]


def fine_tune(
    model: keras.Model, recipe: Recipe, train: Batches, validation: Batches, trainer: TrainerState | None = None
) -> History:
    """Trains `model` in place; each phase ends with the weights of its best epoch.

    Args:
        model: the network that is saved.
        recipe: all the options.
        train: in an order and with variations that depend on nothing but the epoch.
        validation: held back.
        trainer: what goes on around it.

    Returns:
        For each phase, what it trained and its metrics, epoch by epoch: means over its pictures, of the learning `rate`
        too, `seconds` of training, and the share of them spent `waiting` for pictures.

    Raises:
        RecipeError: the loss left all bounds.
        KeyboardInterrupt: somebody stopped it; what is done is kept.
    """
    return _FineTuning(model, build(model, recipe), recipe, train, validation, trainer or TrainerState()).run()


@dataclass
class _FineTuning:
    model: keras.Model
    network: keras.Model
    """What is trained, on the layers of `model`."""
    recipe: Recipe
    train: Batches
    validation: Batches
    trainer: TrainerState

    def run(self) -> History:
        self.trainer.pace = self._pace()
        kept = self.trainer.checkpoints.newest() if self.trainer.checkpoints else None
        history: History = [] if kept is None else self._restored(kept)
        for number, phase in list(enumerate(self.recipe.fine_tune.phases()))[len(history) :]:
            loop = self._loop(number, phase, history)
            if kept is not None and "state" in kept.record:
                _restore(loop, kept)
            if kept is not None:
                with _refused_where_it_does_not_fit():
                    _tell_again([*history, {**phase._asdict(), **loop.state.history}])
            kept = None
            loop.run()
            history = [*history, {**phase._asdict(), **loop.state.history}]
            self.trainer.save(Checkpoint({"history": history}, {"network": _values(self.network.variables)}))
        return history

    def _restored(self, kept: Checkpoint) -> History:
        """The phases that are done; the network has the weights of the checkpoint."""
        with _refused_where_it_does_not_fit():
            _assign(self.network.variables, kept.arrays["network"])
            return [dict(phase) for phase in kept.record["history"]]

    def _pace(self) -> Pace:
        phases = self.recipe.fine_tune.phases()
        forward, backward = multiplications(self.network), []
        for phase in phases:
            unfreeze(self.network, self._stages, phase.unfreeze)
            backward.append(2 * multiplications(self.network, trained_only=True))
        return replace(
            self.trainer.pace,
            forward=forward,
            phases=[forward + more for more in backward],
            pictures=[phase.epochs * len(self.train) * self.recipe.batch_size for phase in phases],
            validated=[phase.epochs * len(self.validation) * self.recipe.batch_size for phase in phases],
        )

    @property
    def _stages(self) -> tuple[str, ...]:
        return architectures.get(self.recipe.architecture).stages

    def _loop(self, number: int, phase: Phase, history: History) -> EpochLoop:
        unfreeze(self.network, self._stages, phase.unfreeze)
        plateau = set_up_phase(self.network, phase, self.recipe, steps_per_epoch=len(self.train))
        self.network.optimizer.build(self.network.trainable_variables)
        loop = EpochLoop(
            network=self.network,
            train=self.train,
            validation=self.validation,
            number=number,
            first_epoch=sum(before.epochs for before in self.recipe.fine_tune.phases()[:number]),
            phase=phase,
            options=self.recipe.fine_tune,
            state=PhaseState(),
            plateau=plateau,
            trainer=self.trainer,
            keep=lambda: self.trainer.save(_checkpoint(loop, history)),
            shared=self._shared_step(phase),
        )
        return loop

    def _shared_step(self, phase: Phase) -> SharedStep | None:
        if self.trainer.machines is None or not can_be_shared(self.recipe):
            return None
        trained = frozenset(layer.name for layer in self.network.layers if layer.trainable)
        policy = keras.config.dtype_policy().name
        portable = PortableNetwork(
            self.model.to_json(), self.model.get_weights(), self.recipe, phase, trained, policy, made_with()
        )
        return SharedStep(self.network, portable, self.trainer.machines)


def _tell_again(history: History) -> None:
    """Tells a listener that begins with this session of the epochs of those before."""
    for phase in history:
        values = {name: column for name, column in phase.items() if isinstance(column, list)}
        for number, row in enumerate(zip(*values.values(), strict=True), start=1):
            metrics = dict(zip(values, row, strict=True))
            progress.tell_epoch(phase_title(phase["unfreeze"]), number, phase["epochs"], metrics)


def _checkpoint(loop: EpochLoop, history: History) -> Checkpoint:
    record = {
        "history": history,
        "state": loop.state.record(),
        "plateau": loop.plateau and loop.plateau.state(),
    }
    arrays = {
        "network": _values(loop.network.variables),
        "optimizer": _values(loop.network.optimizer.variables),
        "best": loop.state.best,
    }
    return Checkpoint(record, arrays)


def _restore(loop: EpochLoop, kept: Checkpoint) -> None:
    with _refused_where_it_does_not_fit():
        _assign(loop.network.optimizer.variables, kept.arrays["optimizer"])
        loop.state = _state(kept, loop.network)
        if loop.plateau:
            loop.plateau.restore(kept.record["plateau"])


def _state(kept: Checkpoint, network: keras.Model) -> PhaseState:
    record = dict(kept.record["state"])
    record.setdefault(
        "weight", float(record["pictures"])
    )  # States of before counted pictures, which weigh 1 on average.
    state = PhaseState(**record, best=kept.arrays["best"])
    types = {name: type(value) for name, value in PhaseState().record().items()}
    if {name: type(value) for name, value in state.record().items()} != types:
        raise ValueError("its numbers are of other kinds")
    if state.best and not fits(state.best, network.get_weights()):
        raise ValueError("its weights are those of another network")
    return state


@contextmanager
def _refused_where_it_does_not_fit() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as err:
        raise CheckpointError(
            f"What was kept of the fine-tuning does not fit this training ({err}). Start anew: add --overwrite instead"
            " of --resume."
        ) from err


def _values(variables: Sequence[keras.Variable]) -> Arrays:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _assign(variables: Sequence[keras.Variable], values: Arrays) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def unfreeze(network: keras.Model, stages: tuple[str, ...], lowest: str) -> None:
    """Makes the layers of the stage `lowest` and all above it trainable, and no others; `HEAD`: those of no stage."""
    parts = (*stages, HEAD)
    frozen = parts[: parts.index(lowest)]
    for layer in network.layers:
        layer.trainable = not layer.name.startswith(frozen) if frozen else True
