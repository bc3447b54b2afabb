"""Class activation maps: what they must add up to, and where they lie on a picture."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from recognizer.engines import Outputs
from recognizer.errors import ArtifactError
from recognizer.explain.class_activation import LastLayer, heat, last_layer, over_picture
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import kept_box
from tests.recognizer.fakes import make_metadata
from tests.recognizer.test_preprocessing import changed

GENERATOR = np.random.default_rng(4)
LAYER = LastLayer(GENERATOR.normal(size=(6, 3)).astype(np.float32), GENERATOR.normal(size=3).astype(np.float32))


def outputs(pictures: int = 4) -> Outputs:
    """Of a network that ends in average pooling and `LAYER`; the same in whatever order the tests run."""
    feature_map = np.random.default_rng(5).random((pictures, 2, 3, 6), np.float32)
    embedding = feature_map.mean(axis=(1, 2))
    return Outputs(embedding @ LAYER.kernel + LAYER.bias, embedding, feature_map)


def test_the_average_of_the_evidence_is_what_the_logit_has_over_the_other_classes() -> None:
    found = outputs(1)

    averages = [LAYER.evidence(found.feature_map[0], label).mean() for label in range(3)]

    raw = found.logits[0] - LAYER.bias
    assert averages == pytest.approx(raw - raw.mean(), abs=1e-5)


def test_what_is_the_same_for_all_classes_is_no_evidence() -> None:
    shifted = LastLayer(LAYER.kernel + 7, LAYER.bias)
    feature_map = outputs(1).feature_map[0]

    assert shifted.evidence(feature_map, 1) == pytest.approx(LAYER.evidence(feature_map, 1), abs=1e-4)


def test_a_layer_explains_the_logits_that_it_made() -> None:
    found = outputs()

    assert LAYER.explains(found)
    assert not LastLayer(-LAYER.kernel, LAYER.bias).explains(found)
    assert not LastLayer(LAYER.kernel[:3], LAYER.bias).explains(found)


def test_heat_is_what_speaks_for_the_class_from_0_to_1() -> None:
    assert heat(np.array([[-3, 0], [2, 4]], np.float32)).tolist() == [[0, 0], [0.5, 1]]
    assert heat(np.array([[-3, -1]], np.float32)).tolist() == [[0, 0]]


def test_heat_is_laid_over_the_whole_picture_where_the_network_saw_all_of_it() -> None:
    laid = over_picture(np.array([[0, 1]], np.float32), (40, 30), kept_box((40, 30), changed(fit="stretch")))

    assert laid.shape == (30, 40)
    assert laid[:, :5].max() < 0.1
    assert laid[:, -5:].min() > 0.9


def test_heat_is_laid_over_the_crop_where_the_network_saw_only_that() -> None:
    laid = over_picture(np.ones((2, 2), np.float32), (40, 20), kept_box((40, 20), changed(fit="crop")))

    assert (laid[:, 10:30] == 1).all()
    assert not laid[:, :10].any()
    assert not laid[:, 30:].any()


def test_a_picture_of_one_pixel_has_heat() -> None:
    laid = over_picture(np.ones((2, 2), np.float32), (1, 1), kept_box((1, 1), changed(fit="crop", crop_fraction=0.01)))

    assert laid.shape == (1, 1)


@pytest.fixture
def source(tmp_path: Path) -> Artifact:
    """A model file whose last layer is `LAYER`."""
    path = tmp_path / "x-1.h5"
    with h5py.File(path, "w") as file:
        layer = file.create_group("model_weights/logits")
        layer.attrs["weight_names"] = ["logits/kernel", "logits/bias"]
        layer["logits/kernel"] = LAYER.kernel
        layer["logits/bias"] = LAYER.bias
    return Artifact(path, make_metadata(), "sha256:0")


def test_the_last_layer_is_read_from_the_model_file(source: Artifact) -> None:
    read = last_layer(source, outputs())

    assert read is not None
    assert (read.kernel == LAYER.kernel).all()
    assert (read.bias == LAYER.bias).all()


def test_a_network_that_ends_in_another_way_has_no_maps(source: Artifact) -> None:
    found = outputs()

    assert last_layer(source, Outputs(found.logits**3, found.embedding, found.feature_map)) is None


def test_a_layer_of_another_shape_is_refused(source: Artifact) -> None:
    found = outputs()

    with pytest.raises(ArtifactError, match="shapes"):
        last_layer(source, Outputs(found.logits[:, :2], found.embedding, found.feature_map))
