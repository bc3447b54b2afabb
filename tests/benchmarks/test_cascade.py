"""What `python -m benchmarks.cascade` lets a small network answer, and counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cascade_rule
from benchmarks.cascade_cost import Costs
from benchmarks.cascade_features import LARGE, Photograph
from benchmarks.cascade_rule import Answers, Judged, Shown

LABELS = np.tile([0, 1, -1], 200)
SHOWN = Shown(labels=LABELS, groups=np.full(600, "x"), fold=np.arange(600) // 200)
LARGE_ANSWERS = Answers(names=np.maximum(LABELS, 0), accepted=LABELS >= 0)


def judged(share_that_it_knows: float) -> Judged:
    """A small network that is sure and right of a share of the pictures, and knows nothing of the others."""
    rng = np.random.default_rng(0)
    sure = rng.random(600) < share_that_it_knows
    logits = np.where(sure[:, None], 9.0 * np.eye(2)[np.maximum(LABELS, 0)], rng.normal(0, 0.1, (600, 2)))
    scores = np.where(sure, np.where(LABELS >= 0, 5.0, -5.0), rng.normal(0, 0.1, 600))
    return Judged(logits.astype(np.float32), scores.astype(np.float32))


def test_what_the_small_network_knows_it_answers_and_the_rest_is_handed_on() -> None:
    pair = cascade_rule.across_folds(judged(0.6), LARGE_ANSWERS, SHOWN, allowance=0.0)

    assert 0.3 < pair.handed_on.mean() < 0.5
    assert pair.answers.right(LABELS).mean() > 0.99


def test_a_small_network_that_knows_nothing_answers_next_to_nothing() -> None:
    pair = cascade_rule.across_folds(judged(0.0), LARGE_ANSWERS, SHOWN, allowance=0.0)

    assert pair.handed_on.mean() > 0.9


def test_more_mistakes_are_made_only_where_they_are_allowed() -> None:
    small = judged(0.0)
    everything = np.ones(600, bool)

    allowed = {
        allowance: cascade_rule.choose(small, LARGE_ANSWERS, LABELS, everything, allowance) for allowance in (0.0, 1.0)
    }

    answered = {allowance: np.logical_or(*rule.answers(small)).mean() for allowance, rule in allowed.items()}
    assert answered[0.0] < 0.1
    assert answered[1.0] > 0.9


def test_the_rule_of_a_fold_is_not_chosen_on_it() -> None:
    small = judged(0.6)
    mislabelled = replace(SHOWN, labels=np.where(SHOWN.fold == 0, 1 - LABELS, LABELS))

    before, after = (cascade_rule.across_folds(small, LARGE_ANSWERS, shown, 0.0) for shown in (SHOWN, mislabelled))

    assert (before.handed_on == after.handed_on)[SHOWN.fold == 0].all()
    assert not (before.handed_on == after.handed_on)[SHOWN.fold != 0].all()


def test_mistakes_of_each_kind_are_counted_for_the_pictures_that_they_can_happen_to() -> None:
    answers = Answers(names=np.array([0, 1, 0, 0, 1]), accepted=np.array([True, True, False, True, False]))

    misnamed, refused, taken = answers.mistakes(np.array([0, 0, 0, -1, -1]))

    assert misnamed.tolist() == [False, True, False, False, False]
    assert refused.tolist() == [False, False, True, False, False]
    assert taken.tolist() == [False, False, False, True, False]


def test_mcnemar_compares_what_one_alone_gets_wrong() -> None:
    before = np.repeat([True, False, False, True], [3, 13, 80, 7])
    after = np.repeat([False, True, False, True], [3, 13, 80, 7])

    broken, mended, p = cascade_rule.mcnemar(before, after)

    assert (broken, mended) == (13, 3)
    assert p == pytest.approx(0.0213, abs=1e-4)  # Twice the chance of at most 3 heads in 16.
    assert cascade_rule.mcnemar(before, before) == (0, 0, 1.0)


def test_folds_leave_out_whole_sources_and_kinds_however_many_pictures_are_done() -> None:
    pictures = [
        Photograph(Path(f"{group}-{number}.jpg"), label, group)
        for label, groups in ((0, "abcd"), (-1, "uvwx"))
        for group in groups
        for number in range(5)
    ]

    everything = Shown.of(pictures, np.arange(40))
    some = Shown.of(pictures, np.arange(0, 40, 3))

    assert all(len(np.unique(everything.fold[everything.groups == group])) == 1 for group in "abcduvwx")
    assert some.fold.tolist() == everything.fold[::3].tolist()


def test_what_is_handed_on_from_within_the_large_network_costs_no_more_than_it_alone() -> None:
    costs = Costs(2.0, {LARGE: 1.0, 96: 0.5}, {(LARGE, "conv3"): 20.0, (LARGE, "conv5"): 50.0, (96, "conv5"): 10.0})
    passes = np.array([1, 2], np.float32)
    everything, nothing = np.ones(2, bool), np.zeros(2, bool)

    assert costs.large(passes).tolist() == [53.0, 104.0]
    assert costs.pair(LARGE, "conv3", everything, passes).tolist() == [53.0, 104.0]
    assert costs.pair(LARGE, "conv3", nothing, passes).tolist() == [23.0, 23.0]
    assert costs.pair(96, "conv5", everything, passes).tolist() == [63.5, 114.5]
    assert costs.pair(96, "conv5", nothing, passes).tolist() == [12.5, 12.5]
