"""Augmentation: pictures of the right shape, varied, and the same again for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from recognizer import architectures
from recognizer.preprocessing import resize_and_crop
from tests.training.conftest import draw
from training.augmentation import augment
from training.config import Augmentation

PREPROCESSING = architectures.get("resnet50").preprocessing
NONE = Augmentation(smallest_crop=1, mirror=0, rotation_deg=0, colour=0, grey=0)


def varied(picture: Image.Image, options: Augmentation, seed: int = 0) -> np.ndarray:
    return augment(picture, PREPROCESSING, options, np.random.default_rng(seed))


@pytest.mark.parametrize("size", [(300, 200), (1, 1), (1, 500), (2000, 3)])
def test_any_picture_becomes_the_networks_input(size: tuple[int, int]) -> None:
    pixels = varied(draw((200, 30, 40), 0, size), Augmentation())

    assert pixels.shape == (224, 224, 3)
    assert pixels.dtype == np.uint8


def test_the_same_seed_gives_the_same_variation() -> None:
    picture = draw((200, 30, 40), 0)

    assert np.array_equal(varied(picture, Augmentation(), seed=5), varied(picture, Augmentation(), seed=5))


def test_another_seed_gives_another() -> None:
    picture = draw((200, 30, 40), 0)

    assert not np.array_equal(varied(picture, Augmentation(), seed=5), varied(picture, Augmentation(), seed=6))


def test_mirror_swaps_left_and_right() -> None:
    picture = Image.new("RGB", (100, 100), "white")
    picture.paste("black", (0, 0, 50, 100))

    pixels = varied(picture, NONE.model_copy(update={"mirror": 1.0, "smallest_crop": 1.0}))

    assert pixels[:, :100].mean() > 250
    assert pixels[:, -100:].mean() < 5


def test_grey_takes_the_colours_away() -> None:
    pixels = varied(draw((200, 30, 40), 0), NONE.model_copy(update={"grey": 1.0}))

    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 1] == pixels[..., 2]).all()


def test_without_variation_the_whole_picture_is_seen_nearly_as_in_serving() -> None:
    picture = draw((200, 30, 40), 0, (300, 200)).resize((40, 30)).resize((300, 200))

    difference = varied(picture, NONE).astype(int) - resize_and_crop(picture, PREPROCESSING)

    assert np.abs(difference).mean() < 12  # The aspect ratio is still drawn.
