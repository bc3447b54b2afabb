"""The network that is trained: the same function as the one that is saved, on its weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recognizer import architectures
from training.config import Recipe

pytestmark = pytest.mark.tensorflow

PICTURES = np.random.default_rng(0).normal(size=(4, 32, 32, 3)).astype(np.float32)


def built(architecture: str, **options: Any) -> tuple[Any, Any]:
    """A model, and the network to train for it."""
    import keras

    from training.network.trainable import build

    keras.utils.set_random_seed(3)
    model = architectures.build(architecture, 3)
    recipe = Recipe.model_validate({"architecture": architecture, "weights": "none", **options})
    return model, build(model, recipe)


OPTIONS = [
    {"fine_tune": {"statistics": "frozen"}},
    {"fine_tune": {"statistics": "trained"}},
    {"regularization": {"dropout": 0.5}},
    {"fine_tune": {"statistics": "frozen"}, "regularization": {"dropout": 0.5}},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_it_gives_the_logits_of_the_model(tiny_architecture: str, options: dict[str, Any]) -> None:
    import keras

    model, network = built(tiny_architecture, **options)

    logits = keras.ops.convert_to_numpy(network(PICTURES, training=False))

    expected = keras.ops.convert_to_numpy(model(PICTURES, training=False))
    assert np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_what_it_learns_the_model_learns(tiny_architecture: str, options: dict[str, Any]) -> None:
    model, network = built(tiny_architecture, **options)

    paths = {weight.path for weight in network.trainable_variables}

    assert paths == {weight.path for weight in model.trainable_variables}
    assert all(any(mine is theirs for theirs in model.variables) for mine in network.trainable_variables)


def test_dropout_leaves_inputs_of_the_last_layer_out_while_training(tiny_architecture: str) -> None:
    _, network = built(tiny_architecture, regularization={"dropout": 0.5})

    first, second = (np.array(network(PICTURES, training=True)) for _ in range(2))

    assert not np.allclose(first, second)


def test_the_model_that_is_saved_has_no_dropout(tiny_architecture: str) -> None:
    model, _ = built(tiny_architecture, regularization={"dropout": 0.5})

    assert not [layer.name for layer in model.layers if "dropout" in layer.name]


@pytest.mark.parametrize(
    ("weights", "statistics", "moves"),
    [
        ("none", "auto", True),
        ("model", "auto", False),
        ("none", "frozen", False),
        ("imagenet", "trained", True),
    ],
)
def test_batch_statistics_move_where_they_should(
    tiny_architecture: str, weights: str, statistics: str, moves: bool
) -> None:
    model, network = built(tiny_architecture, weights=weights, fine_tune={"statistics": statistics})
    before = np.array(model.get_layer("conv1_bn").moving_mean)

    network(PICTURES, training=True)

    assert (not np.array_equal(model.get_layer("conv1_bn").moving_mean, before)) is moves
