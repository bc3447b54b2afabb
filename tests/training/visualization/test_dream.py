"""Dreams: sizes, what they are of, and that the picture comes to excite it more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.visualization.models import model_file
from training.errors import DreamError
from training.visualization import dream as dreams
from training.visualization.dream import Plan, fitting, octave_sizes, smoothed
from training.visualization.open_network import OpenNetwork

pytestmark = pytest.mark.tensorflow

PHOTOGRAPH = Image.fromarray(np.random.default_rng(3).integers(60, 200, (60, 90, 3), np.uint8))


@pytest.fixture
def network(tmp_path: Path, tiny_architecture: str) -> OpenNetwork:
    return OpenNetwork(model_file(tmp_path / "tiny-1.h5", tiny_architecture))


@pytest.mark.parametrize("what", [{}, {"layer": "conv2"}, {"label": "dog"}], ids=str)
def test_every_step_sees_more_of_what_is_dreamt_of(network: OpenNetwork, what: dict[str, str]) -> None:
    plan = Plan(octaves=1, steps=6, side=90, **what)

    moments = list(dreams.dream(network, PHOTOGRAPH, plan))

    assert moments[-1].excited > moments[0].excited
    assert [moment.done for moment in moments] == list(range(1, 7))


def test_octaves_grow_to_the_whole_picture(network: OpenNetwork) -> None:
    moments = list(dreams.dream(network, PHOTOGRAPH, Plan(octaves=2, steps=1, side=180)))

    assert [(moment.octave, moment.picture().size) for moment in moments] == [(1, (129, 86)), (2, (180, 120))]
    assert [moment.share for moment in moments] == pytest.approx([129 * 86 / (129 * 86 + 180 * 120), 1])


def test_the_brightness_of_the_whole_picture_stays() -> None:
    change = smoothed(np.random.default_rng(0).random((30, 40, 3)).astype(np.float32))

    assert change.shape == (30, 40, 3)
    np.testing.assert_allclose(change.mean(axis=(0, 1)), 0, atol=1e-5)


def test_no_octave_and_no_picture_is_too_narrow_for_a_network() -> None:
    assert fitting(Image.new("RGB", (1000, 3)), 512).size == (512, 48)
    assert min(min(size) for size in octave_sizes((64, 48), 5)) == 48


def test_a_stage_or_a_class_that_there_is_not_is_named_with_those_there_are(network: OpenNetwork) -> None:
    with pytest.raises(DreamError, match="conv1, conv2"):
        dreams.dream(network, PHOTOGRAPH, Plan(layer="conv9"))
    with pytest.raises(DreamError, match="cat, dog, horse"):
        dreams.dream(network, PHOTOGRAPH, Plan(label="unicorn"))


def test_a_network_of_one_size_says_that_it_dreams_of_stages_only(tmp_path: Path) -> None:
    digits = OpenNetwork(model_file(tmp_path / "digits-1.h5", "simple_cnn"))

    with pytest.raises(DreamError, match="Choose a stage"):
        dreams.dream(digits, PHOTOGRAPH, Plan(label="dog"))
    assert list(dreams.dream(digits, PHOTOGRAPH, Plan(layer="conv2", octaves=1, steps=1, side=64)))
