"""Mixup and cutmix: pictures and labels in the same proportions."""

from __future__ import annotations

import numpy as np
import pytest

from training.config import Augmentation
from training.data.mixup_cutmix import mixup_cutmix

MIXUP, CUTMIX = Augmentation(mixup=0.4), Augmentation(cutmix=1.0)
# Picture n is full of the number n, and of the class n: what is in a picture can be read off it.
LABELS = np.eye(8, dtype=np.float32)
EVEN = np.ones(8, np.float32)


def pictures(channels: int = 1) -> np.ndarray:
    return np.broadcast_to(np.arange(8, dtype=np.float32)[:, None, None, None], (8, 28, 28, channels)).copy()


def mixed(options: Augmentation, seed: int = 0, weights: np.ndarray = EVEN) -> tuple[np.ndarray, ...]:
    return mixup_cutmix(pictures(), LABELS, weights, options, np.random.default_rng(seed))


@pytest.mark.parametrize("options", [MIXUP, CUTMIX], ids=["mixup", "cutmix"])
@pytest.mark.parametrize("seed", range(5))
def test_labels_have_the_shares_that_the_pictures_have(options: Augmentation, seed: int) -> None:
    images, labels, _ = mixed(options, seed)

    assert labels @ np.arange(8) == pytest.approx(images.mean(axis=(1, 2, 3)), abs=1e-4)


@pytest.mark.parametrize("options", [MIXUP, CUTMIX], ids=["mixup", "cutmix"])
def test_labels_still_add_up_to_one(options: Augmentation) -> None:
    assert mixed(options)[1].sum(axis=1) == pytest.approx(1)


def test_mixup_lays_whole_pictures_over_each_other() -> None:
    images, _, _ = mixed(MIXUP)

    assert np.ptp(images, axis=(1, 2, 3)).max() == 0


def test_cutmix_pastes_one_box() -> None:
    images = mixed(CUTMIX)[0]

    pasted = images[..., 0] != np.arange(8)[:, None, None]
    box = next(mask for mask in pasted if mask.any())
    rows, columns = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
    assert box.sum() == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)


def test_both_take_turns() -> None:
    both = Augmentation(mixup=0.4, cutmix=1.0)

    flat = [bool(np.ptp(mixed(both, seed)[0], axis=(1, 2, 3)).max() == 0) for seed in range(40)]

    assert 8 < sum(flat) < 32


def test_each_label_keeps_the_weight_of_its_class() -> None:
    weights = np.linspace(0.5, 2, 8).astype(np.float32)

    _, even, _ = mixed(MIXUP)
    _, labels, total = mixed(MIXUP, weights=weights)

    assert labels * total[:, None] == pytest.approx(even * weights, abs=1e-6)


def test_the_same_generator_gives_the_same_batch() -> None:
    assert np.array_equal(mixed(CUTMIX, seed=4)[0], mixed(CUTMIX, seed=4)[0])


def test_the_pictures_that_came_in_are_not_changed() -> None:
    images = pictures()

    mixup_cutmix(images, LABELS, EVEN, CUTMIX, np.random.default_rng(0))

    assert np.array_equal(images, pictures())


def test_without_either_nothing_is_mixed() -> None:
    assert np.array_equal(mixed(Augmentation())[0], pictures())


def test_a_lone_picture_is_mixed_with_itself() -> None:
    images, labels, weights = mixup_cutmix(pictures()[:1], LABELS[:1], EVEN[:1], MIXUP, np.random.default_rng(0))

    assert images.shape == (1, 28, 28, 1)
    assert labels == pytest.approx(LABELS[:1])
    assert weights == pytest.approx(1)


def test_an_alpha_next_to_nothing_gives_numbers_still() -> None:
    images, labels, weights = mixed(Augmentation(mixup=1e-300))

    assert np.isfinite(images).all()
    assert np.isfinite(labels).all()
    assert np.isfinite(weights).all()
