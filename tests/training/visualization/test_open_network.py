"""The cut open network computes what the trained one does, at any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer.architectures.imagenet import CAFFE, TORCH
from recognizer.preprocessing import Preprocessing, normalize
from tests.training.visualization.models import model_file
from training.visualization import open_network
from training.visualization.open_network import OpenNetwork

pytestmark = pytest.mark.tensorflow

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)


@pytest.fixture
def network(tmp_path: Path, tiny_architecture: str) -> OpenNetwork:
    return OpenNetwork(model_file(tmp_path / "tiny-1.h5", tiny_architecture))


GREY = CAFFE.changed(input_size=32, grey=True)


@pytest.mark.parametrize("preprocessing", [CAFFE, TORCH, GREY], ids=["bgr", "rgb", "grey"])
def test_pixels_from_0_to_1_are_normalized_as_bytes_are(preprocessing: Preprocessing) -> None:
    found = open_network.normalize((PIXELS / 255).astype(np.float32), preprocessing)

    np.testing.assert_allclose(found, normalize(PIXELS, preprocessing), atol=1e-3)


def test_the_stages_are_those_of_the_architecture_with_their_last_layer(network: OpenNetwork) -> None:
    found = [(stage.name, stage.layer, stage.channels) for stage in network.stages]

    assert found == [("conv1", "conv1_relu", 8), ("conv2", "conv2_relu", 16)]


def test_maps_of_any_size_are_those_of_the_trained_network(network: OpenNetwork) -> None:
    pixels = network.normalize((PIXELS / 255).astype(np.float32))

    whole = network.maps("conv2_relu")(pixels).numpy()
    wide = network.maps("conv2_relu")(np.tile(pixels, (1, 1, 2, 1))).numpy()

    np.testing.assert_allclose(wide[:, :, :5], whole[:, :, :5], atol=1e-5)
    assert wide.shape == (2, 7, 15, 16)


def test_logits_of_any_size_are_the_networks_own_at_its_size(network: OpenNetwork) -> None:
    pixels, free = network.normalize((PIXELS / 255).astype(np.float32)), network.logits_of_any_size()

    assert free is not None
    np.testing.assert_allclose(free(pixels), network.logits()(pixels), atol=1e-5)


def test_a_network_that_counts_its_pixels_has_logits_of_its_own_size_only(tmp_path: Path) -> None:
    network = OpenNetwork(model_file(tmp_path / "digits-1.h5", "simple_cnn"))

    assert network.logits_of_any_size() is None
    assert network.last_kernel() is None
    assert [stage.name for stage in network.stages] == ["conv1", "conv2"]


def test_stages_without_names_are_the_last_layers_of_each_resolution(network: OpenNetwork) -> None:
    found = open_network._stages(network._trained, ())

    assert [(stage.name, stage.layer) for stage in found] == [("15 x 15", "conv1_relu"), ("7 x 7", "feature_map")]
