"""Starting weights: from where they may come, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from recognizer import architectures
from recognizer.architectures import InputShape
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import fingerprint
from recognizer.registry import versions
from tests.recognizer.fakes import make_metadata
from training.errors import WeightsError

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def starting_weights() -> ModuleType:
    """The module, which loads TensorFlow."""
    from training.network import starting_weights

    return starting_weights


@pytest.fixture
def earlier_model(tiny_architecture: str, tmp_path: Path) -> Path:
    """A model file of three classes."""
    preprocessing = architectures.get(tiny_architecture).preprocessing
    metadata = ModelMetadata(
        name="earlier",
        version="4",
        architecture=tiny_architecture,
        class_names=("a", "b", "c"),
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
        provenance={"starting_weights": {"kind": "none"}},
        results={},
    )
    artifact.write(tmp_path / "earlier-4.h5", architectures.build(tiny_architecture, 3), metadata)
    return tmp_path / "earlier-4.h5"


def test_an_earlier_model_gives_its_backbone_to_any_number_of_classes(
    starting_weights: ModuleType, tiny_architecture: str, earlier_model: Path
) -> None:
    source = architectures.build(tiny_architecture, 3)
    artifact.load_weights(artifact.read(earlier_model), source)

    model, record = starting_weights.build(tiny_architecture, str(earlier_model), classes=5)

    ours, theirs = (starting_weights.backbone_of(m).get_weights() for m in (model, source))
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert model.output_shape == (None, 5)
    assert (record["name"], record["version"]) == ("earlier", "4")


def test_the_default_is_the_active_model(
    starting_weights: ModuleType, tiny_architecture: str, earlier_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (earlier_model.parent / "ACTIVE").write_text("earlier-4\n", encoding="utf-8")
    find = versions.active
    monkeypatch.setattr(versions, "active", lambda: find(earlier_model.parent))

    _, record = starting_weights.build(tiny_architecture, "model", classes=2)

    assert record["digest"] == artifact.read(earlier_model).digest


def test_keras_weights_of_the_backbone_are_taken(
    starting_weights: ModuleType, tiny_architecture: str, tmp_path: Path
) -> None:
    source = starting_weights.backbone_of(architectures.build(tiny_architecture, 2))
    source.save_weights(tmp_path / "backbone.weights.h5")

    model, record = starting_weights.build(tiny_architecture, str(tmp_path / "backbone.weights.h5"), classes=2)

    kernels = starting_weights.backbone_of(model).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(kernels, source.get_weights(), strict=True))
    assert record["file"] == "backbone.weights.h5"


def test_the_record_holds_no_path(starting_weights: ModuleType, tiny_architecture: str, earlier_model: Path) -> None:
    _, record = starting_weights.build(tiny_architecture, str(earlier_model), classes=2)

    assert str(earlier_model.parent) not in str(record)


# A network that has another's layers, among others


@pytest.fixture
def larger(tiny_architecture: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an architecture with the layers of the tiny one and one more."""
    smaller = architectures.get(tiny_architecture)

    def build_backbone(input_shape: InputShape) -> object:
        import keras

        backbone = smaller.build_backbone(input_shape)
        more = keras.layers.Dense(16, name="conv2_gate")(backbone.output)
        return keras.Model(backbone.input, keras.layers.Add()([backbone.output, more]))

    monkeypatch.setitem(
        architectures.ARCHITECTURES,
        "larger",
        replace(smaller, name="larger", build_backbone=build_backbone, takes_weights_of=tiny_architecture),
    )
    return "larger"


def test_an_earlier_model_gives_a_larger_network_the_layers_that_both_have(
    starting_weights: ModuleType, larger: str, earlier_model: Path
) -> None:
    source = architectures.build("tiny", 3)
    artifact.load_weights(artifact.read(earlier_model), source)

    model, record = starting_weights.build(larger, str(earlier_model), classes=5)

    for layer in ("conv1_conv", "conv1_bn", "conv2_conv"):
        pairs = zip(model.get_layer(layer).get_weights(), source.get_layer(layer).get_weights(), strict=True)
        assert all(np.array_equal(ours, theirs) for ours, theirs in pairs)
    assert record["name"] == "earlier"


@pytest.mark.parametrize("name", ["tiny", "larger"])
def test_keras_weights_of_either_network_are_taken(
    starting_weights: ModuleType, larger: str, name: str, tmp_path: Path
) -> None:
    source = starting_weights.backbone_of(architectures.build(name, 2))
    source.save_weights(tmp_path / "backbone.weights.h5")

    model, _ = starting_weights.build(larger, str(tmp_path / "backbone.weights.h5"), classes=2)

    kernel = model.get_layer("conv2_conv").get_weights()[0]
    assert np.array_equal(kernel, source.get_layer("conv2_conv").get_weights()[0])


# Pictures of another size or colour


def small_model(path: Path) -> Path:
    preprocessing = architectures.get("simple_cnn").preprocessing
    fields = {"preprocessing": preprocessing, "preprocessing_fingerprint": fingerprint(preprocessing)}
    metadata = make_metadata(name="digits", architecture="simple_cnn", class_names=("0", "1"), **fields)
    artifact.write(path, architectures.build("simple_cnn", 2), metadata)
    return path


def test_the_network_is_built_for_the_pictures_of_the_recipe(
    starting_weights: ModuleType, tiny_architecture: str
) -> None:
    record = architectures.preprocessing_of(tiny_architecture, input_size=48, grey=True)

    model, _ = starting_weights.build(tiny_architecture, "none", 2, record)

    assert model.input_shape == (None, 48, 48, 1)


def test_an_average_lets_a_network_learn_on_from_pictures_of_another_size(
    starting_weights: ModuleType, tiny_architecture: str, earlier_model: Path
) -> None:
    record = architectures.preprocessing_of(tiny_architecture, input_size=48)

    model, _ = starting_weights.build(tiny_architecture, str(earlier_model), 2, record)

    assert model.input_shape == (None, 48, 48, 3)


@pytest.mark.parametrize("wish", [{"input_size": 32}, {"grey": False}])
def test_pictures_that_the_weights_do_not_fit_are_refused_with_the_cure(
    starting_weights: ModuleType, tmp_path: Path, wish: dict[str, Any]
) -> None:
    path = small_model(tmp_path / "digits-1.h5")
    record = architectures.preprocessing_of("simple_cnn", **wish)

    with pytest.raises(WeightsError, match=r"pictures of the shape \(28, 28, 1\).*--set weights=none"):
        starting_weights.build("simple_cnn", str(path), 2, record)


def test_a_small_network_learns_on_from_its_own_weights(starting_weights: ModuleType, tmp_path: Path) -> None:
    path = small_model(tmp_path / "digits-1.h5")

    _, record = starting_weights.build("simple_cnn", str(path), 3)

    assert record["name"] == "digits"


def test_a_small_network_that_is_to_start_from_another_is_told_to_start_from_nothing(
    starting_weights: ModuleType, earlier_model: Path
) -> None:
    with pytest.raises(WeightsError, match=r"is a tiny, the recipe wants a simple_cnn\..*--set weights=none"):
        starting_weights.build("simple_cnn", str(earlier_model), 2)


def test_too_small_pictures_are_a_sentence(starting_weights: ModuleType) -> None:
    record = architectures.get("simple_cnn").preprocessing.changed(input_size=8)

    with pytest.raises(WeightsError, match="at least 16 pixels"):
        starting_weights.build("simple_cnn", "none", 2, record)


def test_imagenet_is_refused_for_grey_pictures(
    starting_weights: ModuleType, tiny_architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloadable = replace(architectures.get(tiny_architecture), keras_imagenet=_no_internet())
    monkeypatch.setitem(architectures.ARCHITECTURES, tiny_architecture, downloadable)
    record = architectures.preprocessing_of(tiny_architecture, grey=True)

    with pytest.raises(WeightsError, match="pictures in colour"):
        starting_weights.build(tiny_architecture, "imagenet", 2, record)


@pytest.mark.parametrize("name", ["x.h5", "x.weights.h5"])
def test_a_file_that_is_no_weights_is_refused(
    starting_weights: ModuleType, tiny_architecture: str, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 1000)

    with pytest.raises(WeightsError):
        starting_weights.build(tiny_architecture, str(tmp_path / name), classes=2)


def test_a_missing_file_is_refused(starting_weights: ModuleType, tiny_architecture: str) -> None:
    with pytest.raises(WeightsError, match=r"Received: weights='nowhere\.h5'"):
        starting_weights.build(tiny_architecture, "nowhere.h5", classes=2)


def test_a_model_of_another_architecture_is_refused_with_the_cure(
    starting_weights: ModuleType, tiny_architecture: str, earlier_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(architectures.get(tiny_architecture), name="other")
    monkeypatch.setitem(architectures.ARCHITECTURES, "other", other)

    with pytest.raises(WeightsError, match="--set architecture=tiny"):
        starting_weights.build("other", str(earlier_model), classes=2)


def test_without_internet_imagenet_is_refused_with_the_cure(
    starting_weights: ModuleType, tiny_architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline = replace(architectures.get(tiny_architecture), keras_imagenet=_no_internet())
    monkeypatch.setitem(architectures.ARCHITECTURES, tiny_architecture, offline)

    with pytest.raises(WeightsError, match=r"--set weights=model"):
        starting_weights.build(tiny_architecture, "imagenet", classes=2)


def _no_internet() -> Callable[[], object]:
    def download() -> object:
        raise OSError("URL fetch failure")

    return download


def test_an_architecture_without_imagenet_weights_names_those_that_have_them(
    starting_weights: ModuleType, tiny_architecture: str
) -> None:
    with pytest.raises(WeightsError, match="resnet50"):
        starting_weights.build(tiny_architecture, "imagenet", classes=2)
