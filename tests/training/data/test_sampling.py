"""Sampling: which pictures an epoch shows, and how much each class counts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from training.data.sampling import class_weights, epoch_order, source_weights

UNEVEN = [0] * 30 + [1] * 10


def test_class_weights_make_rare_classes_count_as_much_as_common_ones() -> None:
    weights = class_weights(UNEVEN, 2, "weights")

    assert weights[0] * 30 == pytest.approx(weights[1] * 10)
    assert np.mean(weights[UNEVEN]) == pytest.approx(1)


@pytest.mark.parametrize("balance", ["sampling", "none"])
def test_otherwise_all_pictures_count_alike(balance: str) -> None:
    assert class_weights(UNEVEN, 2, balance).tolist() == [1, 1]


@pytest.mark.parametrize("balance", ["weights", "none"])
def test_an_epoch_shows_every_picture_once(balance: str) -> None:
    order = epoch_order(UNEVEN, balance=balance, seed=1, epoch=0)

    assert sorted(order.tolist()) == list(range(40))


def test_balanced_sampling_shows_classes_equally_often() -> None:
    order = epoch_order(UNEVEN, balance="sampling", seed=1, epoch=0)

    assert np.bincount(np.take(UNEVEN, order)).tolist() == [20, 20]


def test_balanced_sampling_shows_all_of_a_rare_class() -> None:
    order = epoch_order(UNEVEN, balance="sampling", seed=1, epoch=0)

    assert set(range(30, 40)) <= set(order.tolist())


def test_other_epochs_show_other_pictures_of_a_common_class() -> None:
    first, second = (set(epoch_order(UNEVEN, balance="sampling", seed=1, epoch=epoch).tolist()) for epoch in (0, 1))

    assert first != second


def test_a_class_without_pictures_is_left_out() -> None:
    order = epoch_order([0, 0, 2, 2], balance="sampling", seed=1, epoch=0)

    assert len(order) == 4


@pytest.mark.parametrize("balance", ["weights", "sampling"])
def test_the_same_seed_and_epoch_give_the_same_order(balance: str) -> None:
    one, other = (epoch_order(UNEVEN, balance=balance, seed=3, epoch=7) for _ in range(2))

    assert np.array_equal(one, other)


@pytest.mark.parametrize("balance", ["weights", "sampling"])
def test_together_an_epoch_shows_the_same_pictures(balance: str) -> None:
    alone, together = (epoch_order(UNEVEN, balance=balance, seed=1, epoch=0, together=n) for n in (1, 4))

    assert sorted(alone.tolist()) == sorted(together.tolist())


def test_pictures_of_a_class_stand_together_and_the_classes_are_spread() -> None:
    labels = np.repeat(np.arange(20), 8)

    order = epoch_order(labels.tolist(), balance="none", seed=1, epoch=0, together=4)

    shown = labels[order].reshape(-1, 4)  # A class a row.
    assert (shown == shown[:, :1]).all()
    assert sorted(shown[:20, 0].tolist()) == list(range(20))


def test_no_picture_stands_alone_where_its_class_has_others() -> None:
    labels = [0] * 5 + [1] * 9

    order = epoch_order(labels, balance="none", seed=1, epoch=0, together=4)

    assert [len(list(same)) for _, same in itertools.groupby(np.take(labels, order).tolist())].count(1) == 0


def test_a_picture_counts_one_over_the_root_of_those_of_its_class_and_source() -> None:
    labels, sources = [0, 0, 0, 0, 0, 1, 1], ["farm"] * 4 + ["zoo"] + ["farm", "farm"]

    weights = source_weights(labels, sources)

    # Four of the farm count 1/2 each, one of the zoo 1: 0.6 on average. Dogs of the farm are another source.
    assert weights.tolist() == pytest.approx([0.5 / 0.6] * 4 + [1 / 0.6] + [1, 1])
    assert weights.dtype == np.float32


def test_weights_of_sources_leave_the_balance_of_the_classes_alone() -> None:
    labels = [0] * 50 + [2] * 7
    sources = np.random.default_rng(1).choice(["a", "b", "c"], 57, p=[0.8, 0.15, 0.05]).tolist()

    weights = source_weights(labels, sources)

    assert weights[:50].mean() == pytest.approx(1)
    assert weights[50:].mean() == pytest.approx(1)


def test_where_each_picture_is_a_source_of_its_own_all_count_alike() -> None:
    assert source_weights([0, 0, 1], ["a", "b", "c"]).tolist() == [1, 1, 1]
