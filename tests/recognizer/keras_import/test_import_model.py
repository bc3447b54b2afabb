"""A network that plain Keras saved answers as it did in Keras, once it is a model file of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest

from recognizer.errors import ArtifactError, CallerError
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata

if TYPE_CHECKING:
    import keras

    from recognizer.keras_import.import_model import Imported

pytestmark = pytest.mark.tensorflow

Floats = npt.NDArray[np.float32]


def silent(step: str) -> None:
    """A `Report` to nobody."""


def imported(path: Path, classes: str, **options: Any) -> Imported:
    from recognizer.keras_import.import_model import import_model

    out = path.parent / "out" / "model-1.h5"
    return import_model(path, out, classes.split(","), name_and_version=("model", "1"), report=silent, **options)


def scores(found: Imported, pixels: npt.NDArray[np.uint8]) -> Floats:
    from recognizer.calibration import probabilities
    from recognizer.engines.tensorflow import TensorFlowEngine

    return probabilities(TensorFlowEngine(artifact.read(found.path)).run(pixels).logits, 1.0)


def with_random_numbers(network: keras.Model) -> keras.Model:
    """Numbers in all layers, so that no two of them can be taken for each other unnoticed."""
    random = np.random.default_rng(3)
    for variable in network.weights:
        if variable.path.endswith("variance") or variable.path.endswith("gamma"):
            variable.assign(random.uniform(0.5, 1.5, variable.shape))
        elif "float" in variable.dtype:
            variable.assign(random.normal(0, 0.2, variable.shape))
    return network


def transfer(*, frozen: str, end: str) -> keras.Model:
    """The network of the tutorials in small: variation, arithmetic on pixels, a network inside, a head."""
    import keras
    from keras import layers

    inner = keras.Input((32, 32, 3))
    x = inner
    for number in (1, 2, 3):
        x = layers.Conv2D(6, 3, strides=number % 2 + 1, use_bias=False, name=f"conv{number}")(x)
        x = layers.ReLU(6.0)(layers.BatchNormalization(name=f"bn{number}")(x))
        x = x + layers.DepthwiseConv2D(3, padding="same")(x)
    backbone = keras.Model(inner, x, name="backbone")
    image = keras.Input((32, 32, 3))
    x = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.2)])(image)
    x = keras.applications.mobilenet_v2.preprocess_input(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(backbone(x, training=False)))
    ends: dict[str, Callable[[Any], Any]] = {
        "softmax": layers.Dense(3, activation="softmax"),
        "logits": lambda x: layers.Dense(3)(layers.Dense(5, activation="relu")(x)),
        "sigmoid": layers.Dense(1, activation="sigmoid"),
    }
    network = with_random_numbers(keras.Model(image, ends[end](x)))
    for number, layer in enumerate(backbone.layers):
        layer.trainable = not (frozen == "all" or (frozen == "half" and number < len(backbone.layers) // 2))
    return network


def expected(network: keras.Model, pixels: Any, end: str) -> Floats:
    import keras

    outputs = np.asarray(network(np.asarray(pixels, np.float32), training=False))
    if end == "sigmoid":
        return np.hstack([1 - outputs, outputs])
    return np.asarray(keras.ops.softmax(outputs)) if end == "logits" else outputs


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(("frozen", "end"), [("none", "softmax"), ("half", "sigmoid"), ("all", "logits")])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_tutorials_network_answers_as_in_keras(tmp_path: Path, suffix: str, frozen: str, end: str) -> None:
    network = transfer(frozen=frozen, end=end)
    network.save(tmp_path / f"flowers{suffix}")
    pixels = np.random.default_rng(1).integers(0, 256, (8, 32, 32, 3), np.uint8)

    found = imported(tmp_path / f"flowers{suffix}", "cat,dog" if end == "sigmoid" else "cat,dog,hen")

    np.testing.assert_allclose(scores(found, pixels), expected(network, pixels, end), atol=2e-3)
    assert found.backbone == "backbone"
    record = found.metadata.origin.imported
    assert record is not None
    assert (record.layers, record.backbone) == (found.layers, "backbone")
    assert (found.metadata.preprocessing.mean, found.metadata.preprocessing.std) == ((127.5,) * 3, (127.5,) * 3)
    assert found.metadata.rejection is None
    # Keras cannot open an H5 with bare arithmetic itself.
    assert (found.largest_difference is None) == (suffix == ".h5")
    assert found.largest_difference is None or found.largest_difference < 2e-3


def sequential(input_shape: tuple[int | None, int | None, int], *start: Any) -> keras.Model:
    import keras
    from keras import layers

    return with_random_numbers(
        keras.Sequential(
            [
                keras.Input(input_shape),
                *start,
                layers.Conv2D(8, 3, activation="relu"),
                layers.LeakyReLU(0.2),
                layers.SeparableConv2D(6, 3, strides=2),
                layers.GlobalMaxPooling2D(),
                layers.BatchNormalization(),
                layers.Dense(3),
                layers.Softmax(),
            ]
        )
    )


def test_grey_pictures_that_are_not_square_are_stretched_and_normalised_as_in_keras(tmp_path: Path) -> None:
    import keras

    normalization = keras.layers.Normalization(axis=-1)
    network = sequential((24, 36, 1), normalization)
    normalization.adapt(np.random.default_rng(2).uniform(0, 255, (20, 24, 36, 1)))
    network.save(tmp_path / "grey.keras")

    found = imported(tmp_path / "grey.keras", "a,b,c")

    assert (found.metadata.preprocessing.input_size, found.metadata.preprocessing.channel_order) == (36, "grey")
    assert found.metadata.preprocessing.mean == pytest.approx((127.5,), abs=5)
    assert found.largest_difference is not None
    assert found.largest_difference < 2e-3


def test_a_network_for_pictures_of_any_size_needs_one_and_its_pixels_too(tmp_path: Path) -> None:
    sequential((None, None, 3)).save(tmp_path / "any.keras")

    with pytest.raises(CallerError, match="--input-size 224"):
        imported(tmp_path / "any.keras", "a,b,c", preprocessing="caffe")
    with pytest.raises(CallerError, match="Nothing in the network says which pixels it expects"):
        imported(tmp_path / "any.keras", "a,b,c", input_size=40)
    with pytest.raises(CallerError, match="has 3 outputs, and --classes names 2: a, b"):
        imported(tmp_path / "any.keras", "a,b", input_size=40, preprocessing="caffe")
    assert not list((tmp_path / "out").iterdir())

    found = imported(tmp_path / "any.keras", "a,b,c", input_size=40, preprocessing="caffe")
    assert found.largest_difference is not None
    assert found.largest_difference < 2e-3


def test_a_described_network_is_checked_at_each_opening(tmp_path: Path) -> None:
    from recognizer.engines.tensorflow import TensorFlowEngine

    sequential((32, 32, 3)).save(tmp_path / "a.keras")
    path = imported(tmp_path / "a.keras", "a,b,c", preprocessing="0..1").path
    with h5py.File(path, "r+") as file:
        text = file.attrs["model_config"]
        metadata = ModelMetadata.from_json(file[artifact.METADATA_PATH][()])

    def changed(description: str) -> None:
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = description

    changed(text.replace('"LeakyReLU"', '"TFSMLayer"'))
    with pytest.raises(ArtifactError, match="TFSMLayer"):
        artifact.read(path)

    changed(text.replace('"filters": 8', '"filters": 800000000'))
    with pytest.raises(ArtifactError, match="more than 500000000 weights"):
        TensorFlowEngine(artifact.read(path))

    changed(text.replace('"embedding"', '"elsewhere"'))
    with pytest.raises(ArtifactError, match="has no layer called embedding"):
        TensorFlowEngine(artifact.read(path))

    changed(json.dumps(json.loads(text)).replace("[null, 32, 32, 3]", "[null, 40, 40, 3]"))
    with pytest.raises(ArtifactError, match="Expected a network from"):
        TensorFlowEngine(artifact.read(path))

    assert metadata.architecture == "imported"


def test_what_the_original_held_beside_stock_layers_is_not_in_the_model_file(tmp_path: Path) -> None:
    sequential((32, 32, 3)).save(tmp_path / "a.keras")
    found = imported(tmp_path / "a.keras", "a,b,c", preprocessing="none")

    provenance = found.metadata.provenance["imported"]
    assert provenance["file"] == "a.keras"
    assert provenance["digest"].startswith("sha256:")
    assert sorted(path.name for path in found.path.parent.iterdir()) == ["model-1.h5"]


def test_keras_is_not_let_to_open_what_is_not_on_the_list(tmp_path: Path) -> None:
    from recognizer.keras_import.original import NotOpened, original_network

    for node in (
        {"class_name": "function", "module": "keras.utils", "config": "get_file", "registered_name": "get_file"},
        {"class_name": "__lambda__", "config": {"value": "code"}},
        {"class_name": "TFSMLayer", "module": "keras.layers", "config": {}},
        {"class_name": "Dense", "module": "os", "config": {}},
    ):
        with pytest.raises(NotOpened, match="do not let it build"):
            original_network(tmp_path / "a.keras", {"class_name": "Sequential", "config": {"layers": [{"x": node}]}})
