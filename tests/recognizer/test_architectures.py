from __future__ import annotations

import pytest

from recognizer import architectures
from recognizer.architectures import ARCHITECTURES
from recognizer.errors import ArtifactError


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ArtifactError, match=r"out of: resnet50, resnet50v1\.5\. Received: architecture='vgg'"):
        architectures.get("vgg")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_is_found_by_its_name(name: str) -> None:
    assert architectures.get(name).name == name


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_input_is_224_pixels(name: str) -> None:
    assert architectures.get(name).preprocessing.input_size == 224


@pytest.fixture(scope="module")
def shapes() -> dict[str, dict[str, list[tuple[int, ...]]]]:
    """For each architecture the shapes of the weights by layer, for four classes."""
    return {
        name: {layer.name: [tuple(w.shape) for w in layer.weights] for layer in model.layers if layer.weights}
        for name, model in ((name, architectures.build(name, 4)) for name in ARCHITECTURES)
    }


@pytest.mark.tensorflow
def test_the_layers_of_both_resnets_are_those_of_keras(shapes: dict[str, dict[str, list[tuple[int, ...]]]]) -> None:
    assert shapes["resnet50v1.5"] == shapes["resnet50"]


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_layer_belongs_to_a_stage_or_to_the_head(
    name: str, shapes: dict[str, dict[str, list[tuple[int, ...]]]]
) -> None:
    known = (*architectures.get(name).stages, architectures.LOGITS_LAYER)

    assert all(layer.startswith(known) for layer in shapes[name])


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_head_has_an_output_for_each_class(name: str, shapes: dict[str, dict[str, list[tuple[int, ...]]]]) -> None:
    assert shapes[name][architectures.LOGITS_LAYER] == [(2048, 4), (4,)]
