"""What a network does to pixels itself, and what is said to be done before it, become one record."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recognizer.architectures import imagenet
from recognizer.architectures.description import REVERSED, Step, read
from recognizer.errors import ArtifactError, CallerError
from recognizer.keras_import import pixels
from recognizer.preprocessing import Preprocessing
from tests.recognizer.keras_import.descriptions import image, layer, sequential

LEARNS = Step("conv", "Conv2D", ("image",), {"filters": 3})


def chain(*steps: tuple[str, dict[str, Any]]) -> list[Step]:
    """Steps that are called one on the other, and then one that learns."""
    names = ["image", *(f"step{number}" for number in range(len(steps)))]
    found = [
        Step(name, kind, (before,), options)
        for name, before, (kind, options) in zip(names[1:], names, steps, strict=False)
    ]
    return [*found, Step("conv", "Conv2D", (names[-1],), {"filters": 3})]


def record(*steps: tuple[str, dict[str, Any]], before: str | None = None) -> Preprocessing:
    return pixels.preprocessing_of(chain(*steps), 3, 224, before)[0]


def test_rescaling_inside_the_network_becomes_part_of_the_record() -> None:
    found, left = pixels.preprocessing_of(chain(("Rescaling", {"scale": 1 / 127.5, "offset": -1.0})), 3, 224, None)

    assert found == imagenet.MINUS_ONE_TO_ONE
    assert left == (LEARNS,)


def test_blue_first_and_the_mean_taken_off_is_the_record_of_caffe() -> None:
    mean = [-103.93900299072266, -116.77899932861328, -123.68000030517578]

    assert record((REVERSED, {}), ("Rescaling", {"scale": 1.0, "offset": mean})) == imagenet.CAFFE


def test_one_rescaling_after_another_is_one() -> None:
    found = record(
        ("Rescaling", {"scale": 1 / 255}),
        ("Rescaling", {"offset": [-0.485, -0.456, -0.406]}),
        ("Rescaling", {"scale": [1 / 0.229, 1 / 0.224, 1 / 0.225]}),
    )

    assert found.mean == pytest.approx(imagenet.TORCH.mean, rel=1e-6)
    assert found.std == pytest.approx(imagenet.TORCH.std, rel=1e-6)


def test_what_is_done_before_the_network_comes_first() -> None:
    found = record(("Rescaling", {"scale": 2.0, "offset": -1.0}), before="0..1")

    assert (found.mean, found.std) == ((127.5,) * 3, (127.5,) * 3)


def test_a_layer_that_only_cuts_or_scales_pictures_stays() -> None:
    steps = chain(("Resizing", {"height": 96, "width": 96}), ("Rescaling", {"scale": 1 / 255}))
    found, left = pixels.preprocessing_of(steps, 3, 224, None)

    assert found.std == (255.0,) * 3
    assert [step.kind for step in left] == ["Resizing", "Conv2D"]
    assert left[1].inputs == (left[0].name,)


@pytest.mark.parametrize(
    "step", [("Rescaling", {"scale": -1.0}), ("ZeroPadding2D", {"padding": 1}), ("BatchNormalization", {})]
)
def test_nothing_is_guessed(step: tuple[str, dict[str, Any]]) -> None:
    with pytest.raises(CallerError, match="Nothing in the network says which pixels it expects"):
        record(step)


def test_what_two_layers_take_is_left_in_the_network() -> None:
    rescaled = Step("rescaled", "Rescaling", ("image",), {"scale": 2.0})
    _, left = pixels.preprocessing_of([rescaled, LEARNS, Step("other", "ReLU", ("image",))], 3, 224, "none")

    assert rescaled in left


def test_every_name_of_the_field_is_known() -> None:
    found = {name: record(before=name) for name in pixels.PRESETS}

    assert (found["none"].mean, found["none"].std) == ((0.0,) * 3, (1.0,) * 3)
    assert (found["0..1"].mean, found["0..1"].std) == ((0.0,) * 3, (255.0,) * 3)
    assert [found[name] for name in ("-1..1", "caffe", "torch")] == [
        imagenet.MINUS_ONE_TO_ONE,
        imagenet.CAFFE,
        imagenet.TORCH,
    ]


def test_a_grey_picture_has_one_mean() -> None:
    found, _ = pixels.preprocessing_of(chain(("Rescaling", {"scale": 1 / 255})), 1, 28, None)

    assert (found.channel_order, found.input_size, found.std) == ("grey", 28, (255.0,))


def test_pictures_too_large_or_too_small_are_refused() -> None:
    with pytest.raises(ArtifactError, match="Received: 2000 pixels"):
        pixels.preprocessing_of([LEARNS], 3, 2000, "none")


def test_a_normalization_is_the_rescaling_that_its_numbers_say() -> None:
    description = read(sequential(image(), layer("Normalization", "norm", axis=[-1]), layer("Flatten", "flat")))
    numbers = {(1,): [np.array([10.0, 20, 30], np.float32), np.array([4.0, 9, 0], np.float32), np.float32(5)]}

    step = pixels.without_normalization(description.steps, numbers)[0]

    assert step.kind == "Rescaling"
    assert step.options["scale"] == pytest.approx([1 / 2, 1 / 3, 1e7])
    assert step.options["offset"] == pytest.approx([-5, -20 / 3, -30e7])
    with pytest.raises(ArtifactError, match="has no mean and variance"):
        pixels.without_normalization(description.steps, {})
