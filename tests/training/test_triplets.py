"""Triplets, from class folders to a served model: an embedding of unit length, and the class with the nearest mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognizer import Recognizer, architectures
from recognizer.calibration import probabilities
from recognizer.explain import class_activation
from recognizer.model_file import artifact
from recognizer.preprocessing import fingerprint, normalize
from tests.recognizer.fakes import make_metadata
from tests.training.conftest import COLOURS, draw, fit, make_recipe
from training.config import Augmentation, FineTune, Head, Recipe

if TYPE_CHECKING:
    import keras

    from training.pipeline import Fit

pytestmark = pytest.mark.tensorflow

_SIZE = 6


def recipe(architecture: str, **changes: object) -> Recipe:
    options: dict[str, object] = {
        "batch_size": 12,
        "augmentation": Augmentation.none(),
        "head": Head(training="triplet", embedding_size=_SIZE, views=1),
        "fine_tune": FineTune(unfreeze=("head", "conv1"), epochs=(1, 3), learning_rate=(0.05, 0.05)),
    }
    return make_recipe(architecture, **{**options, **changes})


@pytest.fixture(scope="module")
def fitted(tiny_architecture: str, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    return fit([drawn], recipe(tiny_architecture), tmp_path_factory.mktemp("models") / "colours-1.h5")


def build(*arguments: Any, **options: Any) -> keras.Model:
    """A network with its starting weights."""
    from training.network import starting_weights

    model, _ = starting_weights.build(*arguments, **options)
    return model


def pixels(recognizer: Recognizer) -> np.ndarray:
    size = recognizer.metadata.preprocessing.input_size
    return np.stack([np.asarray(draw(colour, 99, (size, size))) for colour in COLOURS.values()])


def test_the_model_tells_the_classes_apart(fitted: Fit) -> None:
    assert fitted.evaluation.accuracy >= 8 / 9


def test_the_file_says_how_large_its_embedding_is(fitted: Fit) -> None:
    assert artifact.read(fitted.path).metadata.unit_embedding_size == _SIZE


def test_each_phase_has_its_figures(fitted: Fit) -> None:
    head, whole = Recognizer.open(fitted.path).metadata.results["history"]

    assert (head["unfreeze"], whole["unfreeze"]) == ("head", "conv1")
    assert whole["val_accuracy"][-1] >= 0.8
    assert whole["val_loss"][-1] <= head["val_loss"][0]


def test_embeddings_are_of_unit_length(fitted: Fit) -> None:
    recognizer = Recognizer.open(fitted.path)

    embedding = recognizer.engine.run(pixels(recognizer)).embedding

    assert embedding.shape == (3, _SIZE)
    assert np.linalg.norm(embedding, axis=1) == pytest.approx(1, abs=0.02)


def test_the_compiled_graph_answers_as_keras_does(fitted: Fit) -> None:
    served, reference = Recognizer.open(fitted.path), Recognizer.open_reference(fitted.path)

    one, other = (recognizer.engine.run(pixels(recognizer)).logits for recognizer in (served, reference))

    assert served.engine.name.startswith("openvino")
    assert one.argmax(axis=1).tolist() == other.argmax(axis=1).tolist() == [0, 1, 2]
    assert one == pytest.approx(other, rel=0.1, abs=0.5)


def test_it_can_say_none_of_these(fitted: Fit) -> None:
    assert fitted.calibration.rejection.embedding_size == _SIZE


def test_there_are_no_heat_maps_and_the_report_does_without(fitted: Fit) -> None:
    recognizer = Recognizer.open(fitted.path)

    layer = class_activation.last_layer(recognizer.artifact, recognizer.engine.run(pixels(recognizer)))

    assert layer is None
    assert "<html" in fitted.report.read_text(encoding="utf-8")


def test_new_classes_are_taken_up_without_training(
    tiny_architecture: str, fitted: Fit, drawn: Path, tmp_path: Path
) -> None:
    options = recipe(
        tiny_architecture,
        weights=str(fitted.path),
        fine_tune=FineTune(unfreeze=("head",), epochs=(0,), learning_rate=(0.1,)),
    )

    again = fit([drawn], options, tmp_path / "colours-2.h5")

    first, second = (stored(path)["projection"] for path in (fitted.path, again.path))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert again.evaluation.accuracy >= 8 / 9


def stored(path: Path) -> dict[str, list[np.ndarray]]:
    """The weights of a model file, by layer."""
    source = artifact.read(path)
    metadata = source.metadata
    model = architectures.build(
        metadata.architecture, len(metadata.class_names), unit_embedding_size=metadata.unit_embedding_size
    )
    artifact.load_weights(source, model)
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


@pytest.mark.parametrize("size", [None, _SIZE + 1])
def test_another_head_starts_from_its_backbone(tiny_architecture: str, fitted: Fit, size: int | None) -> None:
    model = build(tiny_architecture, str(fitted.path), 5, unit_embedding_size=size)

    learned = stored(fitted.path)["conv1_conv"]
    assert all(
        np.array_equal(one, other)
        for one, other in zip(learned, model.get_layer("conv1_conv").get_weights(), strict=True)
    )


def test_a_phase_of_the_head_leaves_the_backbone_as_it_was(tiny_architecture: str) -> None:
    from training.network.trainable import build as build_training_network
    from training.trainer.fine_tune import unfreeze

    options = recipe(tiny_architecture)
    model = architectures.build(tiny_architecture, 3, unit_embedding_size=_SIZE)
    network = build_training_network(model, options)

    unfreeze(network, architectures.get(tiny_architecture).stages, "head")

    assert {weight.path for weight in network.trainable_variables} == {"projection/kernel", "projection/bias"}


def test_dropout_is_before_the_projection(tiny_architecture: str) -> None:
    from training.network.trainable import build as build_training_network

    options = recipe(tiny_architecture, regularization={"dropout": 0.5})
    network = build_training_network(architectures.build(tiny_architecture, 3, unit_embedding_size=_SIZE), options)

    names = [layer.name for layer in network.layers]

    assert names.index("dropout") < names.index("projection") < names.index("embedding")


def test_a_small_network_has_the_projection_in_place_of_its_own_embedding() -> None:
    model = architectures.build("simple_cnn_deep", 3, unit_embedding_size=_SIZE)

    names = [layer.name for layer in model.layers if layer.weights]

    assert names == ["conv1_conv", "conv2_conv", "conv3_conv", "dense1", "projection", "logits"]


@pytest.mark.parametrize("sizes", [(None, _SIZE), (_SIZE, None), (_SIZE, _SIZE)])
def test_a_small_network_starts_from_one_with_another_head(
    tmp_path: Path, sizes: tuple[int | None, int | None]
) -> None:
    earlier, later = sizes
    source = architectures.build("simple_cnn", 2, unit_embedding_size=earlier)
    metadata = make_metadata(
        architecture="simple_cnn",
        class_names=("a", "b"),
        preprocessing=(preprocessing := architectures.preprocessing_of("simple_cnn")),
        preprocessing_fingerprint=fingerprint(preprocessing),
        unit_embedding_size=earlier,
    )
    artifact.write(tmp_path / "x-1.h5", source, metadata)

    model = build("simple_cnn", str(tmp_path / "x-1.h5"), 2, unit_embedding_size=later)

    one, other = (network.get_layer("conv2_conv").get_weights()[1] for network in (source, model))
    assert np.array_equal(one, other)


def test_plain_keras_gives_the_same_scores(fitted: Fit) -> None:
    import keras

    recognizer = Recognizer.open_reference(fitted.path)
    pictures = pixels(recognizer)

    plain = keras.models.load_model(fitted.path, compile=False)

    scores = np.asarray(plain(normalize(pictures, recognizer.metadata.preprocessing), training=False))
    assert scores == pytest.approx(probabilities(recognizer.engine.run(pictures).logits, 1.0), abs=1e-4)
