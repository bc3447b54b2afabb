"""Batches: what Keras is fed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognizer import architectures
from recognizer.preprocessing import Preprocessing, normalize, resize_and_crop
from training.config import Augmentation
from training.data.dataset import scan
from training.data.picture_memory import PictureMemory, decode_as_served

if TYPE_CHECKING:
    from training.data.batches import Batches

pytestmark = pytest.mark.tensorflow

PREPROCESSING = architectures.get("resnet50").preprocessing


def batches(
    folder: Path,
    augmentation: Augmentation | None = None,
    *,
    preprocessing: Preprocessing = PREPROCESSING,
    memory: PictureMemory | None = None,
    **options: Any,
) -> Batches:
    """In order, or varied from a fixed seed where an augmentation is named."""
    from training.data.batches import Batches, Variation

    return Batches(
        scan(folder).images,
        class_weights=np.array([1, 2, 3], np.float32),
        batch_size=8,
        preprocessing=preprocessing,
        variation=Variation(augmentation, seed=1, **options) if augmentation else None,
        memory=memory,
    )


def test_without_variation_pictures_come_in_order_exactly_as_in_serving(class_folders: Path) -> None:
    image = scan(class_folders).images[9]

    pictures, labels, weights = batches(class_folders)[1]

    served = normalize(resize_and_crop(decode_as_served(image, PREPROCESSING).rgb, PREPROCESSING)[None], PREPROCESSING)
    assert np.array_equal(pictures[1], served[0])
    assert labels[1].tolist() == [1, 0, 0]
    assert weights[1] == 1


def test_the_last_batch_holds_the_rest(class_folders: Path) -> None:
    all_of_them = batches(class_folders)

    assert len(all_of_them) == 5
    assert len(all_of_them[4][0]) == 4


def test_each_epoch_has_an_order_and_variations_of_its_own(class_folders: Path) -> None:
    varied = batches(class_folders, Augmentation())
    first = varied[0][0]

    varied.epoch = 1

    assert not np.array_equal(varied[0][0], first)


def test_the_same_seed_gives_the_same_epochs(class_folders: Path) -> None:
    one, other = (batches(class_folders, Augmentation()) for _ in range(2))
    one.epoch = 1
    other.epoch = 1

    assert np.array_equal(one[2][0], other[2][0])


def test_an_epoch_shows_every_picture_once(class_folders: Path) -> None:
    varied = batches(class_folders, Augmentation())

    labels = np.concatenate([varied[index][1] for index in range(len(varied))])

    assert labels.sum(axis=0).tolist() == [12, 12, 12]


def test_pictures_do_not_depend_on_who_asks_when(class_folders: Path) -> None:
    varied = batches(class_folders, Augmentation(rand_augment=2, mixup=0.4, cutmix=1))

    in_order = [varied[index][0] for index in range(len(varied))]

    with ThreadPoolExecutor(4) as pool:
        in_threads = list(pool.map(lambda index: varied[index][0], reversed(range(len(varied)))))
    assert all(np.array_equal(one, other) for one, other in zip(in_order, reversed(in_threads), strict=True))


def test_without_augmentation_only_the_order_varies(class_folders: Path) -> None:
    varied = batches(class_folders, Augmentation.none())
    plain = batches(class_folders)

    shown = np.concatenate([varied[index][0] for index in range(len(varied))])

    served = np.concatenate([plain[index][0] for index in range(len(plain))])
    assert sorted(picture.tobytes() for picture in shown) == sorted(picture.tobytes() for picture in served)


def test_mixed_batches_have_mixed_labels(class_folders: Path) -> None:
    varied = batches(class_folders, Augmentation(mixup=1))

    labels = varied[0][1]

    assert labels.sum(axis=1) == pytest.approx(1)
    assert ((labels > 0.01) & (labels < 0.99)).any()


def test_balanced_sampling_shows_a_rare_class_as_often(class_folders: Path) -> None:
    for path in sorted((class_folders / "red").iterdir())[2:]:
        path.unlink()
    varied = batches(class_folders, Augmentation(), balance="sampling")

    labels = np.concatenate([varied[index][1] for index in range(len(varied))])

    assert labels.sum(axis=0).tolist() == [9, 9, 8]


def test_pictures_are_decoded_once_for_all_who_share_a_memory(class_folders: Path) -> None:
    shared = PictureMemory(PREPROCESSING)
    first, second = (batches(class_folders, memory=shared) for _ in range(2))
    before = first[0][0]

    for image in scan(class_folders).images:
        image.path.unlink()

    assert np.array_equal(second[0][0], before)


def test_grey_networks_get_one_channel(class_folders: Path) -> None:
    small = architectures.get("simple_cnn").preprocessing
    grey = batches(class_folders, Augmentation(translation_px=2), preprocessing=small)

    assert grey[0][0].shape == (8, 28, 28, 1)
