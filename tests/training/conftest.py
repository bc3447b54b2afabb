"""Class folders and a network small enough to train in a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer import architectures
from recognizer.architectures import Architecture
from recognizer.preprocessing import Preprocessing

COLOURS = {"blue": (30, 40, 200), "green": (20, 180, 30), "red": (210, 30, 40)}


def draw(colour: tuple[int, int, int], seed: int, size: tuple[int, int] = (48, 40)) -> Image.Image:
    """A noisy picture of one colour; each seed gives another."""
    noise = np.random.default_rng(seed).normal(0, 25, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8), "RGB")


def draw_class_folders(root: Path) -> Path:
    """Three folders, blue, green and red, with 12 PNG pictures each."""
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True)
        for number in range(12):
            draw(colour, seed=number).save(root / name / f"{number:02}.png")
    return root


@pytest.fixture
def class_folders(tmp_path: Path) -> Path:
    """Class folders that a test may change."""
    return draw_class_folders(tmp_path / "colours")


@pytest.fixture(scope="module")
def tiny_architecture() -> Iterator[str]:
    """The name of an architecture with two small stages, that trains in seconds."""

    def build_backbone(input_size: int) -> object:
        from keras import Input, Model, layers

        image = Input((input_size, input_size, 3), name="image")
        x = layers.Conv2D(8, 3, strides=2, name="conv1_conv")(image)
        x = layers.BatchNormalization(name="conv1_bn")(x)
        x = layers.Activation("relu", name="conv1_relu")(x)
        x = layers.Conv2D(16, 3, strides=2, name="conv2_conv")(x)
        x = layers.Activation("relu", name="conv2_relu")(x)
        return Model(image, x)

    preprocessing = Preprocessing(
        input_size=32,
        fit="stretch",
        crop_fraction=1.0,
        interpolation="bilinear",
        channel_order="rgb",
        mean=(127.5, 127.5, 127.5),
        std=(127.5, 127.5, 127.5),
    )
    tiny = Architecture(
        name="tiny",
        build_backbone=build_backbone,
        preprocessing=preprocessing,
        feature_map_layer="conv2_relu",
        stages=("conv1", "conv2"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.ARCHITECTURES, "tiny", tiny)
        yield "tiny"
