"""RandAugment: any picture goes through any of its operations."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from PIL import Image

from tests.training.drawings import scene
from training.data.rand_augment import OPERATIONS, rand_augment


def test_every_operation_takes_every_picture() -> None:
    for (name, operation), mode, strength in product(OPERATIONS.items(), ("RGB", "L"), (-1.0, -0.3, 0.0, 1.0)):
        picture = scene(1, (28, 28)).convert(mode)

        varied = operation(picture, strength)

        assert (varied.mode, varied.size) == (mode, picture.size), (name, strength)


@pytest.mark.parametrize(
    ("strength", "alike"), [(0.0, set(OPERATIONS) - {"autocontrast", "equalize"}), (1.0, {"identity"})]
)
def test_full_strength_changes_something_and_none_nothing(strength: float, alike: set[str]) -> None:
    picture = scene(1, (28, 28))

    same = {name for name, change in OPERATIONS.items() if change(picture, strength).tobytes() == picture.tobytes()}

    assert same == alike


def test_the_same_generator_draws_the_same_operations() -> None:
    one, other = (
        np.asarray(rand_augment(scene(1), operations=3, magnitude=7, rng=np.random.default_rng(5))) for _ in range(2)
    )

    assert np.array_equal(one, other)


def test_no_operations_leave_the_picture_alone() -> None:
    picture = scene(1)

    assert rand_augment(picture, operations=0, magnitude=10, rng=np.random.default_rng(5)) is picture


def test_a_picture_of_one_pixel_survives_all_of_them() -> None:
    picture = rand_augment(Image.new("RGB", (1, 1)), operations=200, magnitude=10, rng=np.random.default_rng(5))

    assert picture.size == (1, 1)
