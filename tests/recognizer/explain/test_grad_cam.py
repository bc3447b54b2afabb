"""Grad-CAM: the gradient of the head is one, and of an average and one layer it is the class activation map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from recognizer.engines import Outputs
from recognizer.errors import ArtifactError
from recognizer.explain import head_layers
from recognizer.explain.class_activation import LastLayer
from recognizer.explain.grad_cam import HeadGradient, read_head
from recognizer.explain.head_layers import CURVES, Layer
from recognizer.explain.heat_maps import HeatMaps
from recognizer.model_file.artifact import Artifact
from tests.recognizer.fakes import make_metadata
from tests.recognizer.keras_import.descriptions import image, layer, sequential

GENERATOR = np.random.default_rng(11)
H, W, D, C = 3, 4, 5, 3


def normal(*shape: int) -> np.ndarray:
    return GENERATOR.normal(size=shape).astype(np.float32)


def numeric_gradient(head: HeadGradient, feature_map: np.ndarray, label: int) -> np.ndarray:
    """(D,) how the class's logit, against the mean of all, answers to a feature that rises everywhere."""
    step, found = 1e-3, []
    for feature in range(D):
        more = np.zeros(D, np.float32)
        more[feature] = step
        up, down = (head._forward(feature_map + sign * more)[0] for sign in (1, -1))
        found.append(((up - up.mean()) - (down - down.mean()))[label] / (2 * step))
    return np.array(found)


@pytest.mark.parametrize("curve", CURVES)
def test_every_activation_has_the_slope_that_it_has(curve: str) -> None:
    x = np.array([-3.1, -0.7, 0.4, 2.3], np.float32)

    _, slope = CURVES[curve](x)

    step = np.float32(1e-3)
    expected = (CURVES[curve](x + step)[0] - CURVES[curve](x - step)[0]) / (2 * step)
    assert slope == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize(
    "layers",
    [
        (head_layers.averaged, head_layers.dense(normal(D, C), normal(C), CURVES["linear"])),
        (head_layers.greatest, head_layers.dense(normal(D, C), normal(C), CURVES["linear"])),
        (
            head_layers.reshaped((H * W * D,)),
            head_layers.dense(normal(H * W * D, 6), normal(6), CURVES["relu"]),
            head_layers.dense(normal(6, C), normal(C), CURVES["linear"]),
        ),
        (
            head_layers.averaged,
            head_layers.dense(normal(D, 4), normal(4), CURVES["linear"]),
            head_layers.of_unit_length,
            head_layers.dense(normal(4, C), normal(C), CURVES["linear"]),
        ),
        (
            head_layers.averaged,
            head_layers.batch_normalisation({}, [normal(D), normal(D), normal(D), normal(D) ** 2]),
            head_layers.bent(CURVES["silu"]),
            head_layers.dense(normal(D, C), normal(C), CURVES["linear"]),
        ),
    ],
    ids=["average", "greatest", "flat", "unit length", "normalised"],
)
def test_the_map_is_made_with_the_gradient(layers: tuple[Layer, ...]) -> None:
    head, feature_map = HeadGradient(layers), np.abs(normal(H, W, D))

    for label in range(C):
        expected = feature_map @ numeric_gradient(head, feature_map, label)
        assert head.evidence(feature_map, label) == pytest.approx(expected, abs=0.05, rel=0.05)


def test_of_an_average_and_one_dense_layer_it_is_the_class_activation_map() -> None:
    kernel, bias = normal(D, C), normal(C)
    head = HeadGradient((head_layers.averaged, head_layers.dense(kernel, bias, CURVES["linear"])))
    feature_map = np.abs(normal(H, W, D))

    for label in range(C):
        expected = LastLayer(kernel, bias).evidence(feature_map, label)
        assert head.evidence(feature_map, label) == pytest.approx(expected, abs=1e-4)


# From the model file


def write(path: Path, tail: list[dict[str, Any]], weights: dict[str, dict[str, np.ndarray]]) -> Artifact:
    """A model file with this behind its feature map."""
    description = sequential(image(H, W, D if D in (1, 3) else 3), layer("Conv2D", "feature_map", filters=D), *tail)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(description)
        for name, tensors in weights.items():
            group = file.create_group(f"model_weights/{name}")
            group.attrs["weight_names"] = [f"{name}/{one}" for one in tensors]
            for one, tensor in tensors.items():
                group[f"{name}/{one}"] = tensor
    return Artifact(path, make_metadata(class_names=("a", "b", "c")), "sha256:0")


@pytest.fixture
def two_dense(tmp_path: Path) -> tuple[Artifact, Outputs]:
    """A network with two dense layers behind the feature map, and what it gives for two pictures."""
    first, second = (normal(H * W * D, 6), normal(6)), (normal(6, C), normal(C))
    tail = [
        layer("Flatten", "flatten"),
        layer("Dropout", "dropout", rate=0.5),
        layer("Dense", "embedding", units=6, activation="relu"),
        layer("Dense", "logits", units=C, activation="linear"),
    ]
    weights = {
        name: {"kernel": kernel, "bias": bias}
        for name, (kernel, bias) in {"embedding": first, "logits": second}.items()
    }
    feature_map = np.abs(normal(2, H, W, D))
    embedding = np.maximum(feature_map.reshape(2, -1) @ first[0] + first[1], 0)
    outputs = Outputs(embedding @ second[0] + second[1], embedding, feature_map)
    return write(tmp_path / "x-1.h5", tail, weights), outputs


def test_a_head_is_read_from_the_model_file(two_dense: tuple[Artifact, Outputs]) -> None:
    source, outputs = two_dense

    head = read_head(source, outputs)

    assert head is not None
    assert len(head.layers) == 3
    assert head.explains(outputs)
    assert not head.explains(Outputs(outputs.logits[::-1] * 3, outputs.embedding, outputs.feature_map))


def test_a_network_with_several_dense_layers_has_heat_maps_by_grad_cam(two_dense: tuple[Artifact, Outputs]) -> None:
    source, outputs = two_dense

    explainer = HeatMaps(source).explainer(outputs)

    assert explainer is not None
    assert explainer.method == "Grad-CAM"


@pytest.mark.parametrize(
    "unknown",
    [
        layer("LayerNormalization", "odd"),
        layer("Dense", "odd", units=4, activation="gelu"),
        layer("Reshape", "odd", target_shape=[3, 20]),
    ],
    ids=lambda node: node["class_name"],
)
def test_a_head_with_something_unknown_in_it_has_no_map(tmp_path: Path, unknown: dict[str, Any]) -> None:
    tail = [layer("Flatten", "flatten"), unknown, layer("Dense", "logits", units=C)]
    weights = {"odd": {"kernel": normal(H * W * D, 4), "bias": normal(4)}}
    source = write(tmp_path / "x-1.h5", tail, weights)

    assert read_head(source, Outputs(normal(1, C), normal(1, 4), normal(1, H, W, D))) is None


def test_a_head_of_many_numbers_is_left_alone(tmp_path: Path) -> None:
    """As that of a VGG, which nobody would wait for."""
    tail = [layer("Flatten", "flatten"), layer("Dense", "logits", units=10**6)]
    source = write(tmp_path / "x-1.h5", tail, {})

    assert read_head(source, Outputs(normal(1, C), normal(1, C), normal(1, H, W, D))) is None


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    tail = [layer("Flatten", "flatten"), layer("Dense", "logits", units=C)]
    source = write(tmp_path / "x-1.h5", tail, {"logits": {"kernel": normal(2, C), "bias": normal(C)}})
    outputs = Outputs(normal(1, C), normal(1, H * W * D), normal(1, H, W, D))

    with pytest.raises(ArtifactError, match="shapes"):
        read_head(source, outputs)
    assert HeatMaps(source).explainer(outputs) is None
