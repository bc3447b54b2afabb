"""Which recipe is best, and whether that is more than chance."""

from __future__ import annotations

import json

import pytest

from training.evaluation.confidence_intervals import Share
from training.sweep.comparison import Comparison, _holm, compare
from training.sweep.results import Result

PICTURES = 20


def results(name: str, *wrong: int, seed: int = 1, cpu_s: float = 10.0) -> dict[tuple[str, int, int], Result]:
    """A recipe that is wrong about the first so many of 20 pictures of each fold."""
    return {
        (name, seed, number): Result("0" * count + "1" * (PICTURES - count), Share(9, 10), cpu_s)
        for number, count in enumerate(wrong)
    }


def compared(*found: dict[tuple[str, int, int], Result]) -> Comparison:
    return compare({key: result for each in found for key, result in each.items()}, groups=12)


def test_a_recipe_that_is_better_in_every_fold_is_really_better() -> None:
    found = compared(results("poor", 8, 7, 9, 8, 8), results("good", 1, 1, 2, 0, 1))

    assert found.winner.name == "good"
    assert found.differences[0].is_real
    assert found.differences[0].gain == pytest.approx(0.35)
    assert found.verdict().startswith("good is right about 95.0 % of pictures of 12 groups that it was not trained on")
    assert found.verdict().endswith("really better than poor.")


def test_a_lead_in_one_fold_is_not_more_than_chance() -> None:
    found = compared(results("a", 1, 1, 1, 1, 9), results("b", 1, 1, 1, 1, 1))

    assert found.winner.name == "b"
    assert not found.differences[0].is_real
    assert "its lead over a is not more than chance" in found.verdict()


def test_folds_that_differ_alike_by_one_picture_prove_nothing() -> None:
    found = compared(results("a", 2, 2), results("b", 1, 1))

    assert found.differences[0].p_value == pytest.approx(0.5)


def test_the_cheaper_one_is_named_where_no_difference_was_found() -> None:
    found = compared(results("a", 1, 2, 1, 1, 1, cpu_s=2.0), results("b", 1, 1, 1, 1, 1))

    assert found.verdict().endswith("is not more than chance. a takes 20 % of its CPU time.")


def test_of_equals_the_cheaper_one_wins() -> None:
    found = compared(results("a", 1, 1), results("b", 1, 1, cpu_s=2.0))

    assert found.winner.name == "b"
    assert found.differences[0].p_value == 1


def test_seeds_of_one_fold_count_as_one() -> None:
    once = compared(results("a", 4, 2, 3), results("b", 1, 0, 2))
    twice = compared(
        *(results("a", 4, 2, 3, seed=seed) for seed in (1, 2)), *(results("b", 1, 0, 2, seed=seed) for seed in (1, 2))
    )

    assert once.differences == twice.differences
    assert once.winner.interval == twice.winner.interval


def test_the_interval_has_a_width_where_all_is_right_and_grows_with_the_differences_of_folds() -> None:
    right = compared(results("a", 0, 0, 0)).winner
    even, uneven = compared(results("a", 4, 4, 4)).winner, compared(results("a", 0, 0, 12)).winner

    assert right.interval[0] < 0.98
    assert even.mean == uneven.mean
    assert uneven.interval[0] < even.interval[0]


def test_pictures_that_cannot_be_read_count_nowhere() -> None:
    found = compare(
        {("a", 1, 0): Result("1-0", Share(1, 1), 1.0), ("a", 1, 1): Result("11", Share(1, 1), 1.0)}, groups=2
    )

    assert found.winner.mean == 0.75
    assert found.winner.results[0][0].left_out == Share(1, 2)


def test_many_comparisons_are_corrected_for() -> None:
    assert _holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_a_single_recipe_has_nothing_to_be_compared_with() -> None:
    assert compared(results("a", 1, 1)).verdict().endswith("There is nothing to compare it with.")


def test_all_of_it_is_json() -> None:
    told = json.loads(json.dumps(compared(results("a", 1, 1, 0), results("b", 0, 0, 0)).to_dict()))

    assert told["winner"] == "b"
    assert told["differences"][0]["more_than_chance"] is False
    assert [len(row["trainings"][0]) for row in told["recipes"]] == [3, 3]
