"""Two models on the same pictures."""

from __future__ import annotations

import math

import pytest

from tests.training.answers import make_answered
from training.errors import DatasetError
from training.evaluation.compare import Comparison, compare
from training.evaluation.evaluate import Evaluation


def answers(right: list[bool], *, first: int = 0) -> Evaluation:
    """Pictures of `a`, of which some are answered right."""
    pictures = [
        make_answered("a", {"a": 0.8 if is_right else 0.2, "b": 0.2 if is_right else 0.8}, file=f"{number}.png")
        for number, is_right in enumerate(right, start=first)
    ]
    return Evaluation(("a", "b"), tuple(pictures), ())


def comparison(only_new: int, only_old: int, both: int) -> Comparison:
    new = [True] * (only_new + both) + [False] * only_old
    old = [False] * only_new + [True] * (both + only_old)
    return compare(answers(new), answers(old))


def test_only_the_pictures_on_which_they_differ_count() -> None:
    compared = comparison(3, 1, 20)

    assert (compared.n, compared.only_new, compared.only_old) == (24, 3, 1)
    assert [pair.new.file for pair in compared.differences] == ["a/0.png", "a/1.png", "a/2.png", "a/23.png"]


def test_the_p_value_is_that_of_the_sign_test() -> None:
    tails = 2 * (math.comb(9, 8) + math.comb(9, 9)) / 2**9

    assert comparison(8, 1, 50).p_value == pytest.approx(tails)
    assert comparison(1, 8, 50).p_value == pytest.approx(tails)
    assert comparison(0, 0, 50).p_value == 1


def test_the_gain_is_the_difference_of_the_accuracies() -> None:
    compared = comparison(8, 1, 41)
    low, high = compared.gain_interval
    margin = 1.959964 * math.sqrt(8.5 + 1.5 - 7**2 / 52) / 52

    assert compared.gain == pytest.approx(0.14)
    assert (low, high) == pytest.approx((7 / 52 - margin, 7 / 52 + margin), abs=1e-6)


@pytest.mark.parametrize(
    ("only_new", "only_old", "said"),
    [
        (8, 1, "really better"),
        (1, 8, "really worse"),
        (5, 2, "cannot be told"),
        (3, 0, "At least 6 would have to differ"),
        (0, 0, "No difference"),
    ],
)
def test_the_verdict_is_a_plain_sentence(only_new: int, only_old: int, said: str) -> None:
    assert said in comparison(only_new, only_old, 30).verdict()


def test_a_picture_that_only_one_could_read_is_left_out() -> None:
    assert compare(answers([True, True, False]), answers([True, True], first=1)).n == 2


def test_models_that_answered_no_picture_in_common_cannot_be_compared() -> None:
    with pytest.raises(DatasetError):
        compare(answers([True]), answers([True], first=5))


def test_the_record_names_the_pictures_on_which_they_differ() -> None:
    (difference,) = comparison(1, 0, 3).to_dict()["differences"]

    assert difference == {
        "file": "a/0.png",
        "actual": "a",
        "new": "a",
        "new_score": 0.8,
        "old": "b",
        "old_score": 0.8,
    }
