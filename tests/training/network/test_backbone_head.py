"""The head that a backbone came with: where it comes from, and which files are refused before the training."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer import architectures
from recognizer.model_file import artifact
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from recognizer.model_file.rejection_record import HeadRejection
from recognizer.preprocessing import fingerprint
from tests.conftest import tiny
from tests.recognizer.fakes import make_metadata
from training.config import Head, Recipe, Rejection
from training.config.fine_tune import FineTune
from training.errors import WeightsError
from training.network import backbone_head, starting_weights

FEATURES, OUTPUTS = 16, 5
"""Of the tiny architecture, and of the heads that are written here."""
STAYS = FineTune(unfreeze=("conv1",), epochs=(0,), learning_rate=(0.1,))
TRAINED = FineTune(unfreeze=("conv1",), epochs=(1,), learning_rate=(0.1,))


@pytest.fixture(scope="module")
def architecture() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.ARCHITECTURES, "tiny", tiny())
        yield "tiny"


def numbers(**changes: Any) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    kernel = rng.normal(size=(FEATURES, OUTPUTS)).astype(np.float16)
    return {"kernel": kernel, "bias": np.arange(OUTPUTS, dtype=np.float32), **changes}


def written(folder: Path, **changes: Any) -> Path:
    np.savez(folder / "head.npz", **numbers(**changes))
    return folder / "head.npz"


def recipe(architecture: str, head_file: Path | None = None, **changes: Any) -> Recipe:
    rejection = Rejection(backbone_head=None if head_file is None else str(head_file))
    options = {"architecture": architecture, "weights": "none", "fine_tune": STAYS, "rejection": rejection}
    return Recipe.model_validate({**options, **changes})


@pytest.mark.tensorflow
def test_a_file_has_the_weights_as_keras_does_and_the_centre_where_it_is_known(
    architecture: str, tmp_path: Path
) -> None:
    without = backbone_head.find(recipe(architecture, written(tmp_path)))
    with_centre = backbone_head.find(recipe(architecture, written(tmp_path, centre=np.ones(FEATURES))))

    assert without is not None
    assert with_centre is not None
    assert with_centre.centre is not None
    assert without.kernel.tolist() == numbers()["kernel"].T.tolist()
    assert without.bias.tolist() == [0, 1, 2, 3, 4]
    assert (without.kernel.dtype, without.centre) == (np.float32, None)
    assert with_centre.centre.tolist() == [1] * FEATURES


@pytest.mark.tensorflow
def test_a_head_of_another_backbone_is_refused(architecture: str, tmp_path: Path) -> None:
    path = written(tmp_path, kernel=np.zeros((FEATURES + 1, OUTPUTS)))

    with pytest.raises(WeightsError, match=r"the 16 features of tiny in .*head.npz\. Received: 17 features"):
        backbone_head.find(recipe(architecture, path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kernel": np.zeros(OUTPUTS)}, "shapes"),
        ({"kernel": np.zeros((2, 2, 2))}, "shapes"),
        ({"kernel": np.float32(1)}, "shapes"),
        ({"bias": np.zeros(OUTPUTS - 1)}, "shapes"),
        ({"centre": np.zeros(OUTPUTS)}, "shapes"),
        ({"kernel": np.zeros((FEATURES, 1)), "bias": np.zeros(1)}, "2 outputs or more"),
        ({"kernel": np.zeros((0, 0)), "bias": np.zeros(0)}, "2 outputs or more"),
        ({"kernel": np.zeros((2, 2**22), np.int8), "bias": np.zeros(2**22, np.int8)}, "4,194,304 weights"),
        ({"bias": np.full(OUTPUTS, np.nan)}, "finite"),
        ({"centre": np.full(FEATURES, np.inf)}, "finite"),
        ({"bias": np.full(OUTPUTS, 1e5)}, "65,504"),
        ({"bias": np.array(["a"] * OUTPUTS)}, "an .npz file with"),
        ({"bias": np.array([{}] * OUTPUTS, object)}, "an .npz file with"),
    ],
)
def test_numbers_that_are_no_head_are_refused(
    architecture: str, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(WeightsError, match=message):
        backbone_head.find(recipe(architecture, written(tmp_path, **changes)))


def without_kernel(path: Path) -> None:
    np.savez(path, bias=np.zeros(2))


def an_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros((2, 2)))


def damaged(path: Path) -> None:
    np.savez_compressed(path, **numbers())
    data = bytearray(path.read_bytes())
    data[60:200] = b"\xff" * 140
    path.write_bytes(data)


def cut_off(path: Path) -> None:
    np.savez(path, **numbers())
    path.write_bytes(path.read_bytes()[:-100])


def a_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("kernel.npy", "bias.npy"):
            archive.writestr(name, bytes(2**26))


def more_than_there_is(path: Path) -> None:
    """A header that speaks of a terabyte."""
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (500000, 500000), }".ljust(117) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("kernel.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no archive"),
        without_kernel,
        an_array,
        damaged,
        cut_off,
        a_bomb,
        more_than_there_is,
    ],
)
def test_a_file_that_is_no_head_is_refused_with_what_is_wanted(
    architecture: str, tmp_path: Path, write: Callable[[Path], object]
) -> None:
    write(tmp_path / "head.npz")

    with pytest.raises(WeightsError, match=r"Expected rejection\.backbone_head: an \.npz file .*head\.npz \("):
        backbone_head.find(recipe(architecture, tmp_path / "head.npz"))


@pytest.mark.parametrize("changes", [{"fine_tune": TRAINED}, {"fine_tune": TRAINED, "head": Head(training="together")}])
def test_a_file_is_refused_where_the_backbone_is_trained(
    architecture: str, tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(WeightsError, match="trains the backbone"):
        backbone_head.find(recipe(architecture, written(tmp_path), **changes))


def test_a_file_is_refused_for_a_network_that_does_not_average_its_feature_map(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="average of its feature map"):
        backbone_head.find(recipe("simple_cnn", written(tmp_path)))


def test_a_backbone_that_starts_from_nothing_or_is_trained_has_none(architecture: str) -> None:
    def never() -> None:
        raise AssertionError

    downloadable = replace(tiny("other"), keras_imagenet_head=never)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.ARCHITECTURES, "other", downloadable)
        assert backbone_head.find(recipe("other")) is None
        assert backbone_head.find(recipe("other", weights="imagenet", fine_tune=TRAINED)) is None


def test_the_head_of_kerass_weights_is_downloaded(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, bias = np.ones((OUTPUTS, FEATURES), np.float32), np.zeros(OUTPUTS, np.float32)
    downloadable = replace(tiny(), keras_imagenet_head=lambda: (kernel, bias))
    monkeypatch.setitem(architectures.ARCHITECTURES, architecture, downloadable)

    found = backbone_head.find(recipe(architecture, weights="imagenet"))

    assert found is not None
    assert (found.kernel.tolist(), found.bias.tolist(), found.centre) == (kernel.tolist(), bias.tolist(), None)


def test_without_internet_the_cure_is_said(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline() -> None:
        raise OSError("URL fetch failure")

    monkeypatch.setitem(architectures.ARCHITECTURES, architecture, replace(tiny(), keras_imagenet_head=offline))

    with pytest.raises(WeightsError, match=r"URL fetch failure.*--set weights=model"):
        backbone_head.find(recipe(architecture, weights="imagenet"))


@pytest.mark.tensorflow
def test_a_model_of_ours_hands_its_own_on(architecture: str, tmp_path: Path) -> None:
    centre, own = np.full(FEATURES, 0.25, np.float32), np.zeros(OUTPUTS, np.float32)
    kernel = numbers()["kernel"].T.astype(np.float32)
    score = HeadScore(
        BackboneHead(kernel, own, centre),
        own,
        np.zeros((3, FEATURES), np.float32),
        np.zeros(3, np.float32),
        1.0,
    )
    rejection = HeadRejection(
        backbone_classes=OUTPUTS, outputs=3, embedding_size=FEATURES, threshold=0.0, accepted_share=0.9
    )
    preprocessing = architectures.get(architecture).preprocessing
    metadata = make_metadata(
        architecture=architecture,
        class_names=("cat", "dog"),
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
        rejection=rejection,
    )
    plain = metadata.model_copy(update={"rejection": None})
    artifact.write(tmp_path / "plain-1.h5", architectures.build(architecture, 2), plain)
    artifact.copy_with_metadata(tmp_path / "plain-1.h5", tmp_path / "x-1.h5", metadata, score)

    found = backbone_head.find(recipe(architecture, weights=str(tmp_path / "x-1.h5")))

    assert found is not None
    assert found.kernel.tolist() == kernel.tolist()
    assert found.centre is not None
    assert found.centre.tolist() == centre.tolist()


def without_internet(monkeypatch: pytest.MonkeyPatch, function: str) -> Any:
    """Keras's whole network with random weights, which it now has in place of ImageNet's."""
    import keras

    make = getattr(keras.applications, function)
    options = {} if function in {"MobileNetV2", "ResNet50"} else {"include_preprocessing": False}
    whole = make(include_top=True, weights=None, **options)

    def downloaded(*, include_top: bool, weights: str | None, **others: Any) -> Any:
        if weights == "imagenet" and include_top:
            return whole
        network = make(include_top=include_top, weights=None, **others)
        if weights == "imagenet":
            network.set_weights(whole.get_weights()[: len(network.weights)])
        return network

    monkeypatch.setattr(keras.applications, function, downloaded)
    return whole


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("mobilenet_v2", "MobileNetV2"),
        ("efficientnet_v2", "EfficientNetV2B0"),
        ("resnet50", "ResNet50"),
    ],
)
def test_the_head_says_of_our_features_what_keras_does(
    monkeypatch: pytest.MonkeyPatch, name: str, function: str
) -> None:
    import keras

    whole, rng = without_internet(monkeypatch, function), np.random.default_rng(1)
    image = rng.normal(size=(2, 224, 224, 3)).astype(np.float32)
    # Features of random weights are next to nothing.
    scale = 1 / np.linalg.norm(keras.Model(whole.input, whole.layers[-1].input)(image))
    shapes = [weights.shape for weights in whole.layers[-1].weights]
    whole.layers[-1].set_weights([rng.normal(size=shapes[0]) * scale, rng.normal(size=shapes[1])])

    head = backbone_head.find(recipe(name, weights="imagenet", fine_tune=FineTune(epochs=(0, 0))))
    model, _ = starting_weights.build(name, "imagenet", 2)

    assert head is not None
    features = keras.Model(model.input, model.get_layer(architectures.EMBEDDING_LAYER).output)
    ours, theirs = head.probabilities(features(image).numpy()), whole(image).numpy()
    assert np.ptp(theirs, axis=0).max() > 1e-5  # It depends on the picture.
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "function"), [("mobilenet_v3", "MobileNetV3Large"), ("convnext_tiny", "ConvNeXtTiny")]
)
def test_a_head_of_more_than_one_layer_is_none(monkeypatch: pytest.MonkeyPatch, name: str, function: str) -> None:
    without_internet(monkeypatch, function)

    assert backbone_head.find(recipe(name, weights="imagenet", fine_tune=FineTune(epochs=(0, 0)))) is None
