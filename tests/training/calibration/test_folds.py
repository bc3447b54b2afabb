"""Folds keep together what belongs together, and are about equally large."""

from __future__ import annotations

import numpy as np

from training.calibration import folds
from training.calibration.folds import FOLDS


def test_those_of_one_name_are_in_one_fold_and_the_folds_about_equally_large() -> None:
    names = np.repeat([f"source {number}" for number in range(11)], [40, 30, 25, 9, 8, 7, 6, 5, 4, 3, 1])

    fold = folds.whole(names)

    assert all(len(set(fold[names == name])) == 1 for name in names)
    assert np.ptp(np.bincount(fold, minlength=FOLDS)) <= 4
    assert folds.whole(names[::-1]).tolist() == fold[::-1].tolist()


def test_no_names_are_in_no_folds() -> None:
    assert folds.whole(np.array([], str)).tolist() == []


def test_at_random_each_class_is_in_equal_parts() -> None:
    labels = np.repeat([0, 1], [30, 9])

    fold = folds.at_random(labels, np.arange(39), seed=1)

    assert np.bincount(fold[labels == 0]).tolist() == [10, 10, 10]
    assert np.bincount(fold[labels == 1]).tolist() == [3, 3, 3]
    assert fold.tolist() != folds.at_random(labels, np.arange(39), seed=2).tolist()


def test_the_frames_of_a_burst_are_in_one_fold() -> None:
    labels, burst = np.repeat([0, 1], 40), np.arange(80) // 5
    mixed = np.random.default_rng(1).permutation(80)

    fold = folds.at_random(labels[mixed], burst[mixed], seed=1)

    assert all(len(set(fold[burst[mixed] == number])) == 1 for number in range(16))
    for label in (0, 1):
        assert np.ptp(np.bincount(fold[labels[mixed] == label], minlength=FOLDS)) <= 5


def test_copies_that_are_most_of_a_class_are_divided_all_the_same() -> None:
    """Such as a class that is one film of a mug: else nothing of it would be judged by a head that has not seen it."""
    copies = np.array([7] * 30 + list(range(100, 110)))

    fold = folds.at_random(np.zeros(40, np.int64), copies, seed=1)

    assert np.ptp(np.bincount(fold)) <= 1
    assert len(set(fold[copies == 7])) == FOLDS


def test_a_burst_that_is_more_than_half_of_a_class_is_one_fold_as_long_as_the_others_make_one() -> None:
    def folds_of_burst(size: int) -> int:
        copies = np.array([7] * size + list(range(100, 130 - size)))
        return len(set(folds.at_random(np.zeros(30, np.int64), copies, seed=1)[copies == 7]))

    assert [folds_of_burst(size) for size in (15, 16, 20, 21)] == [1, 1, 1, FOLDS]


def test_the_only_picture_of_a_class_is_in_no_fold() -> None:
    assert folds.at_random(np.array([0, 0, 0, 1]), np.arange(4), seed=1)[3] == folds.IN_NO_FOLD


def test_few_sources_leave_pictures_out_at_random_and_their_copies_with_them() -> None:
    labels, sources = np.repeat([0, 1], 20), np.array(["mine", "yours"] * 20)

    fold, by_source = folds.divide(labels, sources, np.arange(40) // 2, seed=1)

    assert not by_source.any()
    assert (fold[::2] == fold[1::2]).all()
