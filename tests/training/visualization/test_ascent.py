"""Ascent finds what excites a filter of which that is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow


def light_left_and_light_above(pixels: Any) -> Any:
    import tensorflow as tf

    half = pixels.shape[1] // 2
    left = tf.reduce_mean(pixels[:, :, :half] - pixels[:, :, half:], axis=(1, 2, 3))
    above = tf.reduce_mean(pixels[:, :half] - pixels[:, half:], axis=(1, 2, 3))
    return tf.stack([left, above], axis=1)


def climbed(look: Any = light_left_and_light_above, **options: Any) -> Any:
    from training.visualization.ascent import Climb, ascend

    return ascend(look, (0, 1), Climb(**{"size": 16, "steps": 40, **options}), seed=1)


def test_each_image_climbs_towards_its_own_filter() -> None:
    found = climbed()
    left, above = found.pixels.astype(float)

    assert left[:, :8].mean() > left[:, 8:].mean() + 40
    assert above[:8].mean() > above[8:].mean() + 40
    assert found.excited.min() > 0.2


def test_how_strongly_is_that_of_the_images_that_are_given() -> None:
    found = climbed(steps=3)

    shown = light_left_and_light_above(found.pixels.astype(np.float32) / 255).numpy()
    assert found.excited == pytest.approx(np.diagonal(shown), abs=1 / 255)


def test_the_same_seed_makes_the_same_images() -> None:
    assert np.array_equal(climbed(steps=5).pixels, climbed(steps=5).pixels)


def test_every_step_is_told() -> None:
    from training.visualization.ascent import Climb, ascend

    told: list[int] = []
    ascend(light_left_and_light_above, (0,), Climb(size=16, steps=3), seed=0, on_step=lambda: told.append(1))

    assert len(told) == 3


def test_images_begin_as_even_grey() -> None:
    from training.visualization.fourier_images import FourierImages

    pixels = FourierImages(2, 24, seed=0).pixels().numpy()

    assert pixels.shape == (2, 24, 24, 3)
    assert np.abs(pixels - 0.5).max() < 0.1


def test_a_move_without_extent_changes_nothing() -> None:
    import tensorflow as tf

    from training.visualization.transforms import Moves, moved

    images = np.random.default_rng(0).random((3, 20, 20, 3)).astype(np.float32)
    still = moved(tf.constant(images), Moves(turn=0, scale=0, shift=0, pad=0.1), tf.random.Generator.from_seed(0))

    np.testing.assert_allclose(still, images, atol=1e-5)


def test_each_image_is_moved_by_itself() -> None:
    import tensorflow as tf

    from training.visualization.transforms import Moves, moved

    image = np.random.default_rng(0).random((1, 20, 20, 3)).astype(np.float32)
    first, second = moved(tf.constant(np.tile(image, (2, 1, 1, 1))), Moves(), tf.random.Generator.from_seed(0))

    assert np.abs(first - second).mean() > 0.05
