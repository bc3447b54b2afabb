"""What is said of the pictures held back: Keras's own figures, and each answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognizer import architectures
from tests.training.conftest import make_recipe
from training.config import Phase
from training.data.dataset import scan

if TYPE_CHECKING:
    import keras

    from training.data.batches import Batches

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def network(tiny_architecture: str) -> keras.Model:
    import keras

    from training.network.trainable import build
    from training.optim.phase_setup import set_up_phase

    keras.utils.set_random_seed(7)
    recipe = make_recipe(tiny_architecture, regularization={"label_smoothing": 0.1, "dropout": 0.5})
    built = build(architectures.build(tiny_architecture, 3), recipe)
    set_up_phase(built, Phase("conv2", epochs=1, learning_rate=0.1), recipe, steps_per_epoch=1)
    return built


@pytest.fixture
def held_back(class_folders: Path, tiny_architecture: str) -> Batches:
    """36 pictures in batches of 8, so that the last is smaller; classes have different weights."""
    from training.data.batches import Batches

    return Batches(
        scan(class_folders).images,
        class_weights=np.array([0.5, 1, 3], np.float32),
        batch_size=8,
        preprocessing=architectures.get(tiny_architecture).preprocessing,
    )


def test_its_figures_are_those_of_keras(network: keras.Model, held_back: Batches) -> None:
    from training.trainer.validation import Validator

    found, _ = Validator(network, held_back).validate()

    assert found == pytest.approx(network.evaluate(held_back, verbose=0, return_dict=True), rel=1e-5)


def test_each_answer_is_there_in_its_order_after_the_weights_have_changed(
    network: keras.Model, held_back: Batches
) -> None:
    from training.trainer.validation import Validator

    validator = Validator(network, held_back)
    before, _ = validator.validate()
    network.set_weights([2 * weights for weights in network.get_weights()])

    after, outputs = validator.validate()

    np.testing.assert_allclose(outputs, network.predict(held_back, verbose=0), rtol=1e-4, atol=1e-5)
    assert before["loss"] != after["loss"]
