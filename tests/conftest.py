"""What tests of several packages share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recognizer import Recognizer, architectures
from recognizer.architectures import Architecture
from recognizer.model_file import artifact
from recognizer.preprocessing import Preprocessing
from tests.recognizer.fakes import make_metadata

_MAY_BE_LOADED = pytest.StashKey[bool]()
_AFTER_COLLECTION = pytest.StashKey[set[str]]()


def _loaded() -> set[str]:
    return {"keras", "tensorflow"} & set(sys.modules)


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[_AFTER_COLLECTION] = _loaded()


@pytest.fixture
def loaded_by_collection(pytestconfig: pytest.Config) -> set[str]:
    """What of TensorFlow was loaded before the first test."""
    return pytestconfig.stash[_AFTER_COLLECTION]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("tensorflow"):
        item.config.stash[_MAY_BE_LOADED] = True


def pytest_runtest_teardown(item: pytest.Item) -> None:
    if not item.config.stash.get(_MAY_BE_LOADED, False):
        assert not _loaded(), "This test loads TensorFlow, so mark it `tensorflow`."


@pytest.fixture(scope="session")
def untrained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model file of full size that knows nothing: cat, chicken, dog, horse. Takes some 20 s; read only."""
    import keras

    keras.utils.set_random_seed(20)
    path = tmp_path_factory.mktemp("models") / "untrained-1.h5"
    metadata = make_metadata(name="untrained")
    model = architectures.build(metadata.architecture, len(metadata.class_names))
    head = model.get_layer(architectures.LOGITS_LAYER)
    head.set_weights([weights / 10 for weights in head.get_weights()])  # Else one class always has a score of 0.999.
    artifact.write(path, model, metadata)
    return path


@pytest.fixture(scope="session")
def opened(untrained_model: Path) -> Recognizer:
    """The untrained model, ready to answer with TensorFlow."""
    return Recognizer.open_reference(untrained_model)


def tiny(name: str = "tiny", **changes: Any) -> Architecture:
    """An architecture with two small stages, that trains in seconds."""

    def build_backbone(input_shape: tuple[int, int, int]) -> object:
        from keras import Input, Model, layers

        image = Input(input_shape, name="image")
        x = layers.Conv2D(8, 3, strides=2, name="conv1_conv")(image)
        x = layers.BatchNormalization(name="conv1_bn")(x)
        x = layers.Activation("relu", name="conv1_relu")(x)
        x = layers.Conv2D(16, 3, strides=2, name="conv2_conv")(x)
        x = layers.Activation("relu", name="conv2_relu")(x)
        return Model(image, x)

    preprocessing: dict[str, Any] = {
        "input_size": 32,
        "fit": "stretch",
        "crop_fraction": 1.0,
        "interpolation": "bilinear",
        "channel_order": "rgb",
        "mean": (127.5, 127.5, 127.5),
        "std": (127.5, 127.5, 127.5),
    }
    return Architecture(
        name=name,
        build_backbone=build_backbone,
        preprocessing=Preprocessing(**{**preprocessing, **changes}),
        stages=("conv1", "conv2"),
    )


@pytest.fixture(scope="module")
def tiny_architecture() -> Iterator[str]:
    """The name of a tiny architecture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.ARCHITECTURES, "tiny", tiny())
        yield "tiny"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Gives this run a database of its own: a file, which several threads can open, or a name on the server."""
    from django.db import connection

    is_file = connection.vendor == "sqlite"
    name = str(tmp_path_factory.mktemp("database") / "test.sqlite3") if is_file else f"test_menagerie_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs the real data in {folder}")
    return folder
