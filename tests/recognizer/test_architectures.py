"""What is known of each network by its name, and what is built from it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from recognizer import architectures
from recognizer.architectures import ARCHITECTURES
from recognizer.errors import ArtifactError

ROOT = Path(__file__).resolve().parents[2]
NATIVE_SIZES = {"inception_v3": 299, "xception": 299, "simple_cnn": 28, "simple_cnn_deep": 28}
SMALL = ("simple_cnn", "simple_cnn_deep")


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ArtifactError, match=r"out of: resnet50, resnet50v1\.5, .*\. Received: architecture='vgg'"):
        architectures.get("vgg")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_what_is_known_of_a_network_agrees(name: str) -> None:
    found = architectures.get(name)

    assert found.name == name
    assert found.preprocessing.input_size == NATIVE_SIZES.get(name, 224)
    assert architectures.preprocessing_of(name) == found.preprocessing
    assert [(a, b) for a in found.stages for b in found.stages if a != b and b.startswith(a)] == []
    assert found.averages_feature_map == (name not in SMALL), "Only these have activation maps."
    assert found.takes_weights_of in {None, *ARCHITECTURES} - {name}


# Preprocessing


def test_the_preprocessing_follows_size_and_colour() -> None:
    record = architectures.preprocessing_of("simple_cnn", input_size=40, grey=False)

    assert (record.input_size, record.channels, record.channel_order) == (40, 3, "rgb")


@pytest.mark.parametrize(("name", "least"), [("inception_v3", 75), ("xception", 71), ("simple_cnn_deep", 18)])
def test_pictures_too_small_for_a_network_are_refused(name: str, least: int) -> None:
    with pytest.raises(ArtifactError, match=f"at least {least} pixels for {name}. Received: input_size={least - 1}"):
        architectures.preprocessing_of(name, input_size=least - 1)


@pytest.mark.tensorflow
def test_a_record_with_too_small_pictures_builds_no_network() -> None:
    record = architectures.get("resnet50").preprocessing.changed(input_size=16)

    with pytest.raises(ArtifactError, match="at least 32 pixels"):
        architectures.build("resnet50", 2, record)


# Networks


@pytest.fixture(scope="module")
def shapes() -> dict[str, dict[str, list[tuple[int, ...]]]]:
    """For some architectures the shapes of the weights by layer, for four classes."""
    names = ("resnet50", "resnet50v1.5", "se_resnet50", *SMALL)
    return {
        name: {layer.name: [tuple(w.shape) for w in layer.weights] for layer in model.layers if layer.weights}
        for name, model in ((name, architectures.build(name, 4)) for name in names)
    }


@pytest.mark.tensorflow
def test_the_layers_of_both_resnets_are_those_of_keras(shapes: dict[str, dict[str, list[tuple[int, ...]]]]) -> None:
    assert shapes["resnet50v1.5"] == shapes["resnet50"]


@pytest.mark.tensorflow
def test_squeeze_and_excitation_only_adds_layers(shapes: dict[str, dict[str, list[tuple[int, ...]]]]) -> None:
    added = {name: found for name, found in shapes["se_resnet50"].items() if name not in shapes["resnet50v1.5"]}

    assert shapes["se_resnet50"] == shapes["resnet50v1.5"] | added
    assert len(added) == 2 * 16
    assert added["conv2_block1_se_reduce"] == [(256, 16), (16,)]


@pytest.mark.tensorflow
def test_untrained_gates_change_nothing() -> None:
    record = architectures.preprocessing_of("se_resnet50", input_size=32)
    plain, gated = (architectures.build(name, 4, record) for name in ("resnet50v1.5", "se_resnet50"))
    for layer in plain.layers:
        gated.get_layer(layer.name).set_weights(layer.get_weights())
    pictures = np.random.default_rng(1).normal(0, 50, (2, 32, 32, 3)).astype(np.float32)

    np.testing.assert_allclose(gated(pictures), plain(pictures), atol=1e-5)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "simple_cnn",
            {
                "conv1_conv": [(5, 5, 1, 10), (10,)],
                "conv2_conv": [(5, 5, 10, 20), (20,)],
                "embedding": [(4 * 4 * 20, 50), (50,)],
                "logits": [(50, 4), (4,)],
            },
        ),
        (
            "simple_cnn_deep",
            {
                "conv1_conv": [(3, 3, 1, 10), (10,)],
                "conv2_conv": [(3, 3, 10, 20), (20,)],
                "conv3_conv": [(3, 3, 20, 30), (30,)],
                "dense1": [(2 * 2 * 30, 60), (60,)],
                "embedding": [(60, 30), (30,)],
                "logits": [(30, 4), (4,)],
            },
        ),
    ],
)
def test_a_small_network_has_these_layers(
    name: str, expected: object, shapes: dict[str, dict[str, list[tuple[int, ...]]]]
) -> None:
    assert shapes[name] == expected


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("grey", [True, False])
def test_a_small_network_takes_the_least_and_larger_pictures(name: str, grey: bool) -> None:
    for size in (architectures.get(name).smallest_input, 65):
        record = architectures.preprocessing_of(name, input_size=size, grey=grey)

        model = architectures.build(name, 2, record)

        assert model.input_shape == (None, size, size, 1 if grey else 3)


@pytest.mark.tensorflow
def test_a_backbone_of_keras_has_the_same_layer_names_each_time() -> None:
    record = architectures.preprocessing_of("mobilenet_v3", input_size=32)

    first, second = ([layer.name for layer in architectures.build("mobilenet_v3", 2, record).layers] for _ in "12")

    assert first == second


# Documentation


def test_every_network_is_documented() -> None:
    text = (ROOT / "docs/architectures.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE) == list(ARCHITECTURES)
