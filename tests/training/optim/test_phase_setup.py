"""Compilation: what a phase's options make of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recognizer import architectures
from training.config import OPTIMIZERS, SCHEDULES, FineTune, Phase, Recipe, Regularization

pytestmark = pytest.mark.tensorflow

PICTURES = np.random.default_rng(0).normal(size=(8, 32, 32, 3)).astype(np.float32)
LABELS = np.eye(3, dtype=np.float32)[np.arange(8) % 3]


def compiled(architecture: str, *, learning_rate: float = 0.01, epochs: int = 3, **options: Any) -> Any:
    """The network of a recipe, compiled for a phase, and what turns its rate down."""
    import keras

    from training.network.trainable import build
    from training.optim.phase_setup import set_up_phase

    keras.utils.set_random_seed(3)
    recipe = Recipe.model_validate({"architecture": architecture, "weights": "none", **options})
    network = build(architectures.build(architecture, 3), recipe)
    plateau = set_up_phase(network, Phase("conv1", epochs, learning_rate), recipe, steps_per_epoch=4)
    return network, plateau


def loss(network: Any) -> float:
    return float(network.evaluate(PICTURES, LABELS, batch_size=8, verbose=0)[0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_trains(tiny_architecture: str, name: str) -> None:
    rate = {"adadelta": 5.0, "adagrad": 0.02}.get(name, 0.01)
    network, _ = compiled(tiny_architecture, optimizer={"name": name}, learning_rate=rate, schedule={"warm_up": 0})
    before = loss(network)

    for _ in range(6):
        network.train_on_batch(PICTURES, LABELS)

    assert loss(network) < before


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_sets_the_rate(tiny_architecture: str, name: str) -> None:
    network, _ = compiled(tiny_architecture, schedule={"name": name, "warm_up": 0})

    assert float(network.optimizer.learning_rate) == pytest.approx(0.01)


def test_a_plateau_turns_the_rate_down_after_an_epoch(tiny_architecture: str) -> None:
    network, plateau = compiled(tiny_architecture, schedule={"name": "plateau", "warm_up": 0, "patience": 1})

    plateau.end_epoch(1.0)
    plateau.end_epoch(1.0)

    assert float(network.optimizer.learning_rate) == pytest.approx(0.003)


def test_other_schedules_are_left_to_the_optimizer(tiny_architecture: str) -> None:
    assert compiled(tiny_architecture)[1] is None


def test_each_stage_learns_with_a_share_of_the_one_above(tiny_architecture: str) -> None:
    from training.optim.phase_setup import shares_of

    network, _ = compiled(tiny_architecture)

    shares = {path: share.rate for path, share in shares_of(network, ("conv1", "conv2"), 0.5).items()}

    assert shares["conv1_conv/kernel"] == shares["conv1_bn/gamma"] == 0.5
    assert shares["conv2_conv/kernel"] == shares["logits/kernel"] == 1


def test_layer_decay_reaches_the_weights(tiny_architecture: str) -> None:
    steps = []
    for decay in (1.0, 0.01):
        network, _ = compiled(tiny_architecture, fine_tune={"layer_decay": decay}, optimizer={"name": "adam"})
        kernel = next(weight for weight in network.weights if weight.path == "conv1_conv/kernel")
        before = np.array(kernel)
        network.train_on_batch(PICTURES, LABELS)  # The first of a warm-up: rate 0.
        network.train_on_batch(PICTURES, LABELS)
        steps.append(np.abs(np.array(kernel) - before).mean())

    assert steps[1] == pytest.approx(steps[0] / 100, rel=0.05)


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_penalties_are_added_to_the_loss(tiny_architecture: str, penalty: str) -> None:
    plain, _ = compiled(tiny_architecture)
    network, _ = compiled(tiny_architecture, regularization={penalty: 0.1})

    kernels = [np.array(weight) for weight in network.weights if weight.name == "kernel"]
    norm = sum(np.abs(kernel).sum() if penalty == "l1" else (kernel**2).sum() for kernel in kernels)
    assert loss(network) == pytest.approx(loss(plain) + 0.1 * norm, rel=1e-3)


def test_penalties_weigh_only_on_what_is_trained(tiny_architecture: str) -> None:
    from training.optim.phase_setup import set_up_phase

    network, _ = compiled(tiny_architecture)
    network.get_layer("conv1_conv").trainable = False
    recipe = Recipe(architecture=tiny_architecture, weights="none", regularization=Regularization(l2=0.1))

    set_up_phase(network, Phase("conv2", 1, 0.01), recipe, steps_per_epoch=1)

    assert len(network.losses) == 2


def test_the_next_phase_may_do_without_penalties(tiny_architecture: str) -> None:
    from training.optim.phase_setup import set_up_phase

    network, _ = compiled(tiny_architecture, regularization={"l2": 0.1})

    recipe = Recipe(architecture=tiny_architecture, weights="none")
    set_up_phase(network, Phase("conv1", 1, 0.01), recipe, steps_per_epoch=1)

    assert network.losses == []


def test_label_smoothing_keeps_the_loss_of_a_certain_network_above_zero(tiny_architecture: str) -> None:
    sharp, _ = compiled(tiny_architecture)
    smooth, _ = compiled(tiny_architecture, regularization={"label_smoothing": 0.3})
    logits = 30 * LABELS

    assert float(sharp.loss(LABELS, logits)) < 0.01 < float(smooth.loss(LABELS, logits))


@pytest.mark.parametrize(("averaging", "used"), [(0.99, True), (0.0, False)])
def test_weights_are_averaged_where_that_is_wanted(tiny_architecture: str, averaging: float, used: bool) -> None:
    network, _ = compiled(tiny_architecture, fine_tune={"weight_averaging": averaging})

    assert network.optimizer.use_ema is used


def test_a_short_phase_has_a_short_average(tiny_architecture: str) -> None:
    network, _ = compiled(tiny_architecture, epochs=1)

    assert network.optimizer.ema_momentum == pytest.approx(0.5)


def test_a_phase_without_epochs_compiles(tiny_architecture: str) -> None:
    network, _ = compiled(tiny_architecture, epochs=0, fine_tune=FineTune().model_dump())

    assert network.optimizer.use_ema
