"""Fine-tuning: what moves and what does not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognizer import architectures
from training.config import Augmentation, FineTune, Recipe
from training.data.dataset import scan
from training.errors import RecipeError

if TYPE_CHECKING:
    from training.data.batches import Batches, Variation

pytestmark = pytest.mark.tensorflow


def batches(architecture: str, folder: Path, variation: Variation | None) -> Batches:
    from training.data.batches import Batches

    return Batches(
        scan(folder).images,
        class_weights=np.ones(3, np.float32),
        batch_size=8,
        preprocessing=architectures.get(architecture).preprocessing,
        variation=variation,
    )


def moved_layers(architecture: str, folder: Path, options: FineTune) -> set[str]:
    """Trains and returns the names of the weights that changed."""
    import keras

    from training.data.batches import Variation
    from training.trainer.fine_tune import fine_tune

    keras.utils.set_random_seed(7)
    model = architectures.build(architecture, 3)
    before = {weight.path: np.array(weight) for weight in model.weights}
    varied = batches(architecture, folder, Variation(Augmentation(), seed=1))

    recipe = Recipe(architecture=architecture, fine_tune=options)
    fine_tune(model, recipe, varied, batches(architecture, folder, None))
    return {weight.path for weight in model.weights if not np.array_equal(before[weight.path], np.array(weight))}


def test_a_phase_moves_its_stage_and_those_above_it_only(tiny_architecture: str, class_folders: Path) -> None:
    options = FineTune(unfreeze=("conv2",), epochs=(1,), learning_rate=(0.05,))

    moved = moved_layers(tiny_architecture, class_folders, options)

    assert {path.split("/")[0] for path in moved} == {"conv2_conv", "logits"}


def test_the_lowest_stage_moves_everything_but_the_batch_statistics(
    tiny_architecture: str, class_folders: Path
) -> None:
    options = FineTune(unfreeze=("conv1",), epochs=(1,), learning_rate=(0.05,))

    moved = moved_layers(tiny_architecture, class_folders, options)

    assert {"conv1_conv/kernel", "conv1_bn/gamma", "conv2_conv/kernel", "logits/kernel"} <= moved
    assert not {path for path in moved if "moving" in path}


def test_phases_run_one_after_the_other(tiny_architecture: str, class_folders: Path) -> None:
    options = FineTune(unfreeze=("conv2", "conv1"), epochs=(1, 1), learning_rate=(0.05, 0.05))

    assert "conv1_conv/kernel" in moved_layers(tiny_architecture, class_folders, options)


@pytest.mark.parametrize("patience", [9, 1])
def test_a_phase_shows_the_pictures_otherwise_than_those_before_it(
    tiny_architecture: str, class_folders: Path, patience: int
) -> None:
    from training.data.batches import Variation
    from training.trainer.epoch_loop import TrainerState
    from training.trainer.fine_tune import fine_tune

    train = batches(tiny_architecture, class_folders, Variation(Augmentation(), seed=1))
    shown: list[int] = []
    # A gain that is never reached: with a patience of 1, the first phase ends after its first epoch.
    options = FineTune(
        unfreeze=("conv2", "conv1"), epochs=(3, 2), learning_rate=(0.01, 0.01), patience=patience, min_delta=99
    )
    trainer = TrainerState(told_of=lambda _: shown.append(train.epoch))

    fine_tune(
        architectures.build(tiny_architecture, 3),
        Recipe(architecture=tiny_architecture, fine_tune=options),
        train,
        batches(tiny_architecture, class_folders, None),
        trainer,
    )

    assert shown == ([0, 1, 2, 3, 4] if patience == 9 else [0, 1, 3, 4])


def test_no_epochs_move_nothing(tiny_architecture: str, class_folders: Path) -> None:
    options = FineTune(unfreeze=("conv1",), epochs=(0,), learning_rate=(0.05,))

    assert moved_layers(tiny_architecture, class_folders, options) == set()


def test_a_later_phase_may_freeze_again(tiny_architecture: str) -> None:
    from training.trainer.fine_tune import unfreeze

    model = architectures.build(tiny_architecture, 3)
    stages = architectures.get(tiny_architecture).stages

    unfreeze(model, stages, "conv1")
    unfreeze(model, stages, "conv2")

    assert not model.get_layer("conv1_conv").trainable
    assert model.get_layer("conv2_conv").trainable


def test_a_training_that_diverges_says_which_option_to_change(tiny_architecture: str, class_folders: Path) -> None:
    options = FineTune(unfreeze=("conv1",), epochs=(2,), learning_rate=(10.0,), weight_averaging=0)

    with pytest.raises(RecipeError, match=r"fine_tune\.learning_rate"):
        moved_layers(tiny_architecture, class_folders, options)
