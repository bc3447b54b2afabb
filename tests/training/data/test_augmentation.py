"""Augmentation: pictures of the right shape, varied, and the same again for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from recognizer import architectures
from recognizer.preprocessing import resize_and_crop
from tests.training.conftest import draw
from training.config import Augmentation
from training.data.augmentation import augment, random_box

PREPROCESSING = architectures.get("resnet50").preprocessing
NONE = Augmentation.none()


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

    pixels = varied(picture, NONE.model_copy(update={"mirror": 1.0}))

    assert pixels[:, :100].mean() > 250
    assert pixels[:, -100:].mean() < 5


def test_grey_takes_the_colours_away() -> None:
    pixels = varied(draw((200, 30, 40), 0), NONE.model_copy(update={"grey": 1.0}))

    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 1] == pixels[..., 2]).all()


def test_without_variation_a_picture_is_what_is_served() -> None:
    picture = draw((200, 30, 40), 0, (300, 200))

    assert np.array_equal(varied(picture, NONE), resize_and_crop(picture, PREPROCESSING))


def test_a_vertical_flip_swaps_top_and_bottom() -> None:
    picture = Image.new("RGB", (100, 100), "white")
    picture.paste("black", (0, 0, 100, 50))

    pixels = varied(picture, NONE.model_copy(update={"vertical_flip": 1.0}))

    assert pixels[:100].mean() > 250
    assert pixels[-100:].mean() < 5


def test_a_translation_moves_by_whole_pixels_and_goes_on_with_the_edge() -> None:
    picture = draw((200, 30, 40), 0, (28, 28))
    small = architectures.get("simple_cnn").preprocessing
    served = np.pad(resize_and_crop(picture, small), ((2, 2), (2, 2), (0, 0)), mode="edge")
    shifts = {served[down : down + 28, right : right + 28].tobytes() for down in range(5) for right in range(5)}

    seen = {
        augment(picture, small, NONE.model_copy(update={"translation_px": 2}), np.random.default_rng(seed)).tobytes()
        for seed in range(200)
    }

    assert seen == shifts


@pytest.mark.parametrize("size", [(500, 375), (1000, 500), (4000, 500), (30, 2000), (20000, 1)])
def test_a_random_crop_shows_from_the_smallest_share_to_nearly_all_of_a_picture(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)

    boxes = np.array([random_box(size, 0.35, rng) for _ in range(2000)])

    left, top, right, bottom = boxes.T
    share = (right - left) * (bottom - top) / (size[0] * size[1])
    assert 0.35 - 1e-6 < share.min() < 0.36
    assert 0.99 < share.max() < 1 + 1e-6
    assert boxes.min() >= 0
    assert (boxes[:, 2:] <= np.add(size, 1e-6)).all()


@pytest.mark.parametrize(
    "option",
    [
        {"smallest_crop": 0.5},
        {"translation_px": 1},
        {"mirror": 1},
        {"vertical_flip": 1},
        {"rotation_deg": 5},
        {"colour": 0.2},
        {"grey": 1},
        {"rand_augment": 1},
    ],
    ids=str,
)
def test_each_option_alone_varies_pictures(option: dict[str, float]) -> None:
    picture, options = draw((200, 30, 40), 0), NONE.model_copy(update=option)

    assert options.varies_pictures
    assert any(not np.array_equal(varied(picture, options, seed), varied(picture, NONE)) for seed in range(5))


@pytest.mark.parametrize("option", [{"mixup": 1}, {"cutmix": 1}, {"rand_augment_magnitude": 9}], ids=str)
def test_what_needs_others_or_something_else_varies_no_picture_alone(option: dict[str, float]) -> None:
    assert not NONE.model_copy(update=option).varies_pictures
