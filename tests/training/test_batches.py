"""Batches: what Keras is fed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer import architectures
from recognizer.preprocessing import normalize, resize_and_crop
from training.batches import Batches, Variation, balanced_class_weights, load
from training.config import Augmentation
from training.dataset import scan

pytestmark = pytest.mark.tensorflow

PREPROCESSING = architectures.get("resnet50").preprocessing


def batches(folder: Path, variation: Variation | None = None) -> Batches:
    return Batches(
        scan(folder).images,
        class_weights=np.array([1, 2, 3], np.float32),
        batch_size=8,
        preprocessing=PREPROCESSING,
        variation=variation,
    )


def test_without_variation_pictures_come_in_order_exactly_as_in_serving(class_folders: Path) -> None:
    image = scan(class_folders).images[9]

    pictures, labels, weights = batches(class_folders)[1]

    served = normalize(resize_and_crop(load(image, PREPROCESSING).rgb, PREPROCESSING)[None], PREPROCESSING)
    assert np.array_equal(pictures[1], served[0])
    assert labels[1].tolist() == [1, 0, 0]
    assert weights[1] == 1


def test_the_last_batch_holds_the_rest(class_folders: Path) -> None:
    all_of_them = batches(class_folders)

    assert len(all_of_them) == 5
    assert len(all_of_them[4][0]) == 4


def test_each_epoch_has_an_order_and_variations_of_its_own(class_folders: Path) -> None:
    varied = batches(class_folders, Variation(Augmentation(), seed=1))
    first = varied[0][0]

    varied.on_epoch_end()

    assert not np.array_equal(varied[0][0], first)


def test_the_same_seed_gives_the_same_epochs(class_folders: Path) -> None:
    one, other = (batches(class_folders, Variation(Augmentation(), seed=1)) for _ in range(2))
    one.on_epoch_end()
    other.on_epoch_end()

    assert np.array_equal(one[2][0], other[2][0])


def test_an_epoch_shows_every_picture_once(class_folders: Path) -> None:
    varied = batches(class_folders, Variation(Augmentation(), seed=1))

    labels = np.concatenate([varied[index][1] for index in range(len(varied))])

    assert labels.sum(axis=0).tolist() == [12, 12, 12]


def test_class_weights_make_rare_classes_count_as_much_as_common_ones() -> None:
    labels = [0] * 30 + [1] * 10

    weights = balanced_class_weights(labels, 2)

    assert weights[0] * 30 == pytest.approx(weights[1] * 10)
    assert np.mean(weights[labels]) == pytest.approx(1)
