"""Frozen batch statistics: the same function of the same weights, and the same gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognizer import architectures

if TYPE_CHECKING:
    import keras

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(3).normal(0, 60, (2, 224, 224, 3)).astype(np.float32)


@pytest.mark.parametrize("architecture", ["resnet50", "resnet50v1.5"])
def test_the_network_computes_the_same_while_it_trains(architecture: str, pictures: np.ndarray) -> None:
    from training.network.frozen_batch_norm import with_frozen_statistics

    model = architectures.build(architecture, 3)
    randomize_statistics(model)

    frozen = with_frozen_statistics(model.input, model.output)

    assert np.allclose(frozen(pictures, training=True), model(pictures, training=False), atol=1e-4)


def randomize_statistics(model: object) -> None:
    """An untrained network's batch normalisations do nothing; these do."""
    rng = np.random.default_rng(4)
    for layer in model.layers:
        if "bn" in layer.name:
            channels = layer.get_weights()[0].size
            gamma, variance = rng.uniform(0.5, 1.5, (2, channels))
            beta, mean = rng.normal(0, 0.1, (2, channels))
            layer.set_weights([gamma, beta, mean, variance])


def test_both_have_the_same_gradients(tiny_architecture: str) -> None:
    import tensorflow as tf

    from training.network.frozen_batch_norm import with_frozen_statistics

    model = architectures.build(tiny_architecture, 3)
    randomize_statistics(model)
    frozen = with_frozen_statistics(model.input, model.output)
    pictures = np.random.default_rng(3).normal(0, 1, (4, 32, 32, 3)).astype(np.float32)
    weights = [weight.value for weight in model.trainable_variables]

    gradients = []
    for network in (model, frozen):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(network(pictures, training=False)[:, 0])
        gradients.append(tape.gradient(loss, weights))

    for ours, theirs in zip(*gradients, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_it_trains_the_weights_of_the_original(tiny_architecture: str) -> None:
    from training.network.frozen_batch_norm import with_frozen_statistics

    model = architectures.build(tiny_architecture, 3)

    frozen = with_frozen_statistics(model.input, model.output)

    assert {id(v) for v in frozen.trainable_variables} == {id(v) for v in model.trainable_variables}


def network_before(kind: str) -> keras.Model:
    """Batch normalisation behind layers of some kind, with statistics of its own."""
    import keras
    from keras import layers

    image = keras.Input((16, 16, 3))
    before = {
        "depthwise": layers.DepthwiseConv2D(3, depth_multiplier=2, bias_initializer="ones"),
        "separable": layers.SeparableConv2D(5, 3, strides=2, padding="same", bias_initializer="ones"),
        "no bias": layers.DepthwiseConv2D(3, use_bias=False),
        "activation": layers.Conv2D(3, 3, activation="relu"),
        "dilation": layers.Conv2D(3, 3, dilation_rate=2),
        "no convolution": layers.MaxPooling2D(),
        "transposed": layers.Conv2DTranspose(3, 3),
    }.get(kind, layers.Conv2D(3, 3))(image)
    norm = layers.BatchNormalization(scale=kind != "unscaled", center=kind != "uncentred", name="bn")
    after = norm(before)
    for weight in norm.weights:
        weight.assign(np.random.default_rng(9).uniform(0.5, 1.5, weight.shape))
    return keras.Model(image, layers.Add()([after, before]) if kind == "shared" else after)


FOLDED = ["plain", "depthwise", "separable", "no bias", "unscaled", "uncentred"]
UNFOLDED = ["activation", "dilation", "shared", "no convolution", "transposed"]


@pytest.mark.parametrize("kind", FOLDED + UNFOLDED)
def test_behind_any_layer_the_network_computes_the_same_while_it_trains(kind: str) -> None:
    from training.network.frozen_batch_norm import with_frozen_statistics

    network = network_before(kind)
    small = np.random.default_rng(3).normal(0, 1, (2, 16, 16, 3)).astype(np.float32)

    frozen = with_frozen_statistics(network.input, network.output)

    assert np.allclose(frozen(small, training=True), network(small, training=False), atol=1e-4)
    assert {id(v) for v in frozen.trainable_variables} == {id(v) for v in network.trainable_variables}


@pytest.mark.parametrize("kind", FOLDED + UNFOLDED)
def test_a_batch_normalisation_is_folded_where_it_can_be(kind: str) -> None:
    from training.network.frozen_batch_norm import ConvBatchNorm, with_frozen_statistics

    network = network_before(kind)

    frozen = with_frozen_statistics(network.input, network.output)

    assert any(isinstance(layer, ConvBatchNorm) for layer in frozen.layers) == (kind in FOLDED)


@pytest.mark.parametrize("kind", ["depthwise", "separable", "no convolution"])
def test_in_less_precision_it_computes_in_that(kind: str) -> None:
    import keras

    from training.network.frozen_batch_norm import with_frozen_statistics

    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = network_before(kind)
        frozen = with_frozen_statistics(network.input, network.output)
    finally:
        keras.config.set_dtype_policy("float32")

    assert keras.backend.standardize_dtype(frozen(np.ones((1, 16, 16, 3), np.float32)).dtype) == "bfloat16"
