"""Interpolation: the share of fine-tuned weights that loses least."""

from __future__ import annotations

import math

from training.trainer.interpolation import SHARES, choose


def test_the_lowest_loss_wins() -> None:
    choice = choose(lambda share: (share - 0.7) ** 2)

    assert choice.share == 0.75


def test_of_equals_the_probe_is_kept() -> None:
    assert choose(lambda share: 0.3).share == 0


def test_every_share_is_tried_once() -> None:
    tried: list[float] = []

    choice = choose(lambda share: tried.append(share) or share)  # type: ignore[func-returns-value]

    assert tried == list(SHARES)
    assert list(choice.losses) == list(SHARES)


def test_what_is_no_number_is_never_chosen() -> None:
    assert choose(lambda share: math.nan if share < 1 else 5.0).share == 1
