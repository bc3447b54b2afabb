from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from recognizer.errors import ArtifactError
from recognizer.explain import first_layer
from recognizer.explain.first_layer import FirstLayer
from recognizer.preprocessing import Preprocessing

PIXELS = Preprocessing(
    input_size=8,
    fit="stretch",
    crop_fraction=1.0,
    interpolation="bilinear",
    channel_order="bgr",
    mean=(10.0, 20.0, 30.0),
    std=(2.0, 1.0, 4.0),
)
RANDOM = np.random.default_rng(5)

Layer = dict[str, Any]


def conv(**config: Any) -> Layer:
    plain = {"name": "conv", "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "activation": "linear"}
    return {"class_name": "Conv2D", "config": {**plain, **config}}


def zeros(padding: Any) -> Layer:
    return {"class_name": "ZeroPadding2D", "config": {"name": "zeros", "padding": padding}}


INPUT = {"class_name": "InputLayer", "config": {"name": "image"}}
NORM = {"class_name": "BatchNormalization", "config": {"name": "norm", "epsilon": 0.001}}
DENSE = {"class_name": "Dense", "config": {"name": "dense"}}
SHAPES = {"conv": [(3, 3, 3, 4), (4,)], "norm": [(4,)] * 4}


def write(path: Path, *layers: Layer, shapes: dict[str, list[tuple[int, ...]]] = SHAPES) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": {"layers": [INPUT, *layers]}})
        for name, tensors in shapes.items():
            group = file.create_group(f"model_weights/{name}")
            group.attrs["weight_names"] = [f"w{index}" for index in range(len(tensors))]
            for index, shape in enumerate(tensors):
                group[f"w{index}"] = np.abs(RANDOM.normal(size=shape)).astype(np.float32)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.h5"


def read(path: Path) -> FirstLayer:
    found = first_layer.read(path, 8)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("layers", "margin"),
    [
        ([conv(), NORM], (0, 0)),
        ([conv(padding="same"), NORM], (1, 1)),
        ([conv(padding="same", strides=[2, 2]), NORM], (0, 1)),
        ([zeros([[1, 2], [1, 2]]), conv(), NORM], (1, 2)),
    ],
)
def test_the_zeros_around_the_picture_are_those_that_the_layers_put_there(
    path: Path, layers: list[Layer], margin: tuple[int, int]
) -> None:
    assert read(write(path, *layers)).margin == margin


@pytest.mark.parametrize(
    "layers",
    [
        [DENSE, NORM],
        [conv(kernel_size=[3, 5]), NORM],
        [conv(strides=[1, 2]), NORM],
        [conv(dilation_rate=[2, 2]), NORM],
        [conv(groups=3), NORM],
        [conv(kernel_size=[17, 17]), NORM],
        [zeros([[1, 1], [0, 0]]), conv(), NORM],
        [zeros([[1, 1], [1, 1]]), conv(padding="same"), NORM],
    ],
)
def test_a_network_that_begins_otherwise_has_no_first_layer_to_show(path: Path, layers: list[Layer]) -> None:
    assert first_layer.read(write(path, *layers), 8) is None


def test_a_layer_without_bias_or_normalisation_is_read_as_well(path: Path) -> None:
    found = read(write(path, conv(), DENSE, shapes={"conv": [(3, 3, 3, 4)]}))

    assert found.bias.tolist() == [0, 0, 0, 0]
    assert found.batch_norm is None


def without_config(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file.attrs["model_config"]


def without_weights(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["model_weights/conv"]


def not_finite(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["model_weights/conv/w0"][0, 0, 0, 0] = np.nan


def no_layers(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = json.dumps({"config": {"layers": []}})


def linked(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["model_weights/conv/w0"]
        file["model_weights/conv/w0"] = h5py.ExternalLink("/etc/passwd", "/")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize("damage", [without_config, without_weights, not_finite, no_layers, linked, cut, Path.unlink])
def test_a_damaged_file_is_refused(path: Path, damage: Callable[[Path], None]) -> None:
    damage(write(path, conv(), NORM))

    with pytest.raises(ArtifactError):
        first_layer.read(path, 8)


def test_a_layer_of_too_many_numbers_is_refused_before_it_is_read(path: Path) -> None:
    write(path, conv(kernel_size=[16, 16]), NORM, shapes={"conv": [(16, 16, 64, 80)], "norm": [(4,)] * 4})

    with pytest.raises(ArtifactError, match="at most 1048576 numbers"):
        first_layer.read(path, 8)


@pytest.mark.tensorflow
@pytest.mark.parametrize("options", [{}, {"padding": "same", "strides": [2, 2]}], ids=str)
def test_activations_and_normalisation_are_those_of_keras(path: Path, options: Layer) -> None:
    import keras

    found = read(write(path, conv(**options), NORM))
    pixels = RANDOM.integers(0, 256, (8, 8, 3), np.uint8)
    layer = keras.layers.Conv2D(4, 3, padding=options.get("padding", "valid"), strides=options.get("strides", 1))
    norm = keras.layers.BatchNormalization(epsilon=0.001)
    image = (pixels[None, :, :, ::-1] - np.array(PIXELS.mean)) / np.array(PIXELS.std)
    layer.build(image.shape)
    layer.set_weights([found.kernel, found.bias])
    expected = layer(image.astype(np.float32))
    norm.build(expected.shape)
    assert found.batch_norm is not None
    norm.set_weights([getattr(found.batch_norm, name) for name in ("gamma", "beta", "mean", "variance")])

    made = found.map_of(2, pixels, PIXELS)

    np.testing.assert_allclose(made, expected[0, :, :, 2], rtol=1e-4, atol=1e-3)
    after = found.batch_norm.applied(made, 2)
    np.testing.assert_allclose(after, norm(expected)[0, :, :, 2], rtol=1e-3, atol=1e-3)
