"""A step that other machines share is the same step."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognizer import architectures
from training.config import Augmentation, FineTune, Head, Recipe, Regularization
from training.data.dataset import scan
from training.errors import OtherCode

if TYPE_CHECKING:
    from training.trainer.shared_step import Batch, Floats, PortableNetwork, ShareOfStep

pytestmark = pytest.mark.tensorflow


class OtherMachines:
    """Three machines that are this one; all that they are given, and give, is pickled."""

    def __init__(self) -> None:
        self.shares: list[int] = []
        self.steps: list[int] = []
        self.last: tuple[PortableNetwork, Sequence[Floats], Batch]
        """What they were given in the last step; the first of its batches."""
        self._opened: dict[int, Any] = {}

    def cores(self) -> int:
        return 3

    def shares_of_step(
        self, network: PortableNetwork, trained: Sequence[Floats], batches: Sequence[Batch], *, step: int
    ) -> list[ShareOfStep]:
        self.steps.append(step)
        self.last = network, trained, batches[0]
        if id(network) not in self._opened:
            self._opened = {id(network): pickle.loads(pickle.dumps(network)).opened()}
        self.shares += [len(pixels) for pixels, _, _ in batches]
        compute = self._opened[id(network)]
        return [
            pickle.loads(pickle.dumps(compute(list(trained), batch, step=step, number=number)))
            for number, batch in enumerate(batches)
        ]


def tuned(architecture: str, folder: Path, recipe: Recipe, machines: OtherMachines | None) -> tuple[list[Any], Any]:
    """The course of a fine-tuning, and the weights that it ends with."""
    import keras

    from training.data.batches import Batches, Variation
    from training.trainer.epoch_loop import TrainerState
    from training.trainer.fine_tune import fine_tune

    keras.utils.set_random_seed(7)
    model = architectures.build(architecture, 3)

    def batches(variation: Variation | None) -> Batches:
        return Batches(
            scan(folder).images[:29],  # The last batch has 5, which three machines cannot share evenly.
            class_weights=np.array([1, 2, 0.5], np.float32),
            batch_size=8,
            preprocessing=architectures.get(architecture).preprocessing,
            variation=variation,
        )

    trainer = TrainerState(machines=machines)
    course = fine_tune(model, recipe, batches(Variation(Augmentation(), seed=1)), batches(None), trainer)
    return course, model.get_weights()


def test_several_machines_train_the_network_that_one_trains(tiny_architecture: str, class_folders: Path) -> None:
    recipe = Recipe(
        architecture=tiny_architecture,
        regularization=Regularization(l2=0.01),
        fine_tune=FineTune(unfreeze=("conv2", "conv1"), epochs=(1, 2), learning_rate=(0.02, 0.02)),
    )
    alone, weights = tuned(tiny_architecture, class_folders, recipe, None)
    others = OtherMachines()

    together, shared_weights = tuned(tiny_architecture, class_folders, recipe, others)

    assert others.shares == [3, 3, 2, 3, 3, 2, 3, 3, 2, 2, 2, 1] * 3
    assert others.steps == [*range(4), *range(8)]  # Of the two phases.
    for one, other in zip(alone, together, strict=True):
        for name in ("loss", "accuracy", "val_loss", "rate"):
            np.testing.assert_allclose(other[name], one[name], rtol=1e-4, err_msg=name)
    for one, other in zip(weights, shared_weights, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5)


def test_with_dropout_each_share_of_each_step_draws_its_own_whoever_computes_it(
    tiny_architecture: str, class_folders: Path
) -> None:
    recipe = Recipe(
        architecture=tiny_architecture,
        regularization=Regularization(dropout=0.5),
        fine_tune=FineTune(unfreeze=("conv2", "conv1"), epochs=(1, 1), learning_rate=(0.02, 0.02)),
    )
    machines = OtherMachines()
    tuned(tiny_architecture, class_folders, recipe, machines)
    network, trained, batch = machines.last
    one, begun_anew = network.opened(), network.opened()
    earlier = replace(network, phase=recipe.fine_tune.phases()[0]).opened()

    losses = [one(trained, batch, step=step, number=number).loss for step, number in [(0, 0), (0, 1), (1, 0)]]

    assert len({*losses, earlier(trained, batch, step=1, number=0).loss}) == 4
    assert begun_anew(trained, batch, step=1, number=0).loss == losses[2]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(head=Head(training="triplet"), fine_tune=FineTune(interpolation=1.0)),
        Recipe(weights="none"),
    ],
)
def test_what_compares_or_normalises_pictures_of_a_batch_is_not_shared(recipe: Recipe) -> None:
    from training.trainer.shared_step import can_be_shared

    assert not can_be_shared(recipe)


def test_a_machine_with_other_code_says_so() -> None:
    from training.trainer.shared_step import PortableNetwork, made_with

    phase = Recipe().fine_tune.phases()[0]
    network = PortableNetwork("{}", [], Recipe(), phase, frozenset(), "float32", ("another", *made_with()[1:]))

    with pytest.raises(OtherCode, match="another Menagerie, TensorFlow or Keras"):
        network.opened()
