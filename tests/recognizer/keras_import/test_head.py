"""However a network ends, it ends in a feature map, an embedding, logits and probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recognizer.architectures.description import read
from recognizer.errors import ArtifactError
from recognizer.keras_import import head
from recognizer.keras_import.head import Ending
from tests.recognizer.keras_import.descriptions import image, layer, sequential

CONV = layer("Conv2D", "conv", filters=8, kernel_size=3)
POOL = layer("GlobalAveragePooling2D", "pool")
KERNEL, BIAS = np.arange(24, dtype=np.float32).reshape(8, 3), np.array([1, 2, 3], np.float32)


def ending(*layers: dict[str, Any], kernel: Any = KERNEL, bias: Any = BIAS) -> Ending:
    description = read(sequential(image(), *layers), reserved=head.RESERVED)
    last = max(
        (step for step in description.steps if step.kind in ("Dense", "Conv2D")),
        key=lambda step: step.path,
        default=None,
    )
    numbers = {} if last is None else {last.path: [kernel] if bias is None else [kernel, bias]}
    return head.rewritten(description.output, description.steps, numbers)


def names(found: Ending) -> list[str]:
    return [step.name for step in found.steps]


def dense(units: int = 3, **options: Any) -> dict[str, Any]:
    return layer("Dense", "dense", units=units, **options)


@pytest.mark.parametrize(
    ("last", "activation"),
    [
        ([dense(activation="softmax")], "softmax"),
        ([dense()], "linear"),
        ([dense(), layer("Softmax", "end")], "softmax"),
        ([dense(), layer("Activation", "end", activation="softmax")], "softmax"),
        ([dense(), layer("Activation", "end", activation="linear"), layer("Dropout", "drop")], "linear"),
    ],
)
def test_softmax_is_taken_off_the_last_layer(last: list[dict[str, Any]], activation: str) -> None:
    found = ending(CONV, POOL, *last)

    assert names(found) == ["conv", "feature_map", "pool", "embedding", "logits", "probabilities"]
    assert found.activation == activation
    assert found.logits[0] is not None
    np.testing.assert_array_equal(found.logits[0], KERNEL)


def test_the_embedding_is_what_the_last_dense_layer_sees_and_the_feature_map_the_last_with_a_place() -> None:
    hidden = layer("Dense", "logits", units=8, activation="relu")
    found = ending(CONV, layer("ReLU", "relu"), layer("Flatten", "flat"), hidden, dense())

    assert names(found) == [
        "conv", "relu", "feature_map", "flat", "logits_2", "embedding", "logits", "probabilities",
    ]  # fmt: skip
    assert [step.inputs for step in found.steps] == [("image",), *((name,) for name in names(found)[:-1])]


def test_without_any_convolution_the_picture_is_the_feature_map() -> None:
    assert names(ending(layer("Flatten", "flat"), dense()))[:2] == ["feature_map", "flat"]


def test_one_sigmoid_unit_is_two_logits_of_which_the_first_is_zero() -> None:
    found = ending(CONV, POOL, dense(1, activation="sigmoid"), kernel=KERNEL[:, 1:2], bias=BIAS[:1])

    assert found.outputs == 1
    np.testing.assert_array_equal(found.logits[0], np.stack([np.zeros(8), KERNEL[:, 1]], axis=1))
    np.testing.assert_array_equal(found.logits[1], [0, 1])


def test_a_missing_bias_is_zero() -> None:
    np.testing.assert_array_equal(ending(CONV, POOL, dense(use_bias=False), bias=None).logits[1], np.zeros(3))


def test_a_last_convolution_of_one_pixel_is_a_dense_layer() -> None:
    last = layer("Conv2D", "last", filters=3, kernel_size=[1, 1])
    kernel = KERNEL.reshape(1, 1, 8, 3)

    averaged = ending(CONV, last, POOL, layer("Softmax", "end"), kernel=kernel)
    kept = layer("GlobalAveragePooling2D", "pool", keepdims=True)
    shaped = ending(CONV, kept, last, layer("Reshape", "r", target_shape=[3]), kernel=kernel)

    assert names(averaged) == ["conv", "feature_map", "average_before_logits", "embedding", "logits", "probabilities"]
    assert names(shaped)[-5:] == ["feature_map", "flat_before_logits", "embedding", "logits", "probabilities"]
    np.testing.assert_array_equal(averaged.logits[0], KERNEL)


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([CONV, POOL, dense(activation="sigmoid")], "Each of the 3 outputs is a sigmoid"),
        ([CONV, POOL, dense(activation="relu")], "The last layer, dense, has the activation relu"),
        ([CONV, POOL, dense(activation="softmax"), layer("Softmax", "end")], "ends in softmax and then softmax"),
        ([CONV, dense()], "sees a tensor of 4 dimensions"),
        ([CONV, layer("Flatten", "flat")], "The last layer, conv, is a convolution of 3 x 3"),
        ([CONV, POOL, dense(), layer("BatchNormalization", "bn")], r"ends in bn \(BatchNormalization\)"),
        ([layer("Flatten", "flat")], "ends in the picture itself"),
    ],
)
def test_an_end_without_a_score_for_each_class_is_refused(layers: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(ArtifactError, match=reason):
        ending(*layers)
