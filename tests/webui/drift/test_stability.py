from __future__ import annotations

import random

import pytest

from webui.drift.stability import shift


def test_the_index_is_that_of_the_textbook() -> None:
    """0.3 ln(0.6/0.3) + ... by hand; half a picture more in each cell changes the third digit."""
    found = shift([600, 300, 100], [300, 300, 400])

    assert found.index == pytest.approx(0.3 * 0.693147 + 0.3 * 1.386294, abs=0.005)
    assert found.is_found
    assert found.is_large


def test_the_same_shares_are_no_change() -> None:
    assert shift([50, 50], [500, 500]).index == pytest.approx(0, abs=1e-4)


def test_what_chance_may_do_is_the_quantile_of_chi_square() -> None:
    """10.83 is passed by one in a thousand with 1 degree of freedom, 27.88 with 9; (1/n + 1/m) here is 0.02."""
    assert shift([50, 50], [50, 50]).by_chance == pytest.approx(0.02 * 10.83, rel=0.04)
    assert shift([10] * 10, [10] * 10).by_chance == pytest.approx(0.02 * 27.88, rel=0.01)


def test_a_change_that_chance_makes_is_not_found() -> None:
    """100 pictures of the same kind as 100 others, a thousand times: five at most are thought to have changed."""
    rng = random.Random(1)

    def drawn() -> list[int]:
        kinds = rng.choices(range(5), [40, 30, 15, 10, 5], k=100)
        return [kinds.count(kind) for kind in range(5)]

    assert sum(shift(drawn(), drawn()).is_found for _ in range(1000)) <= 5


def test_a_small_change_is_not_worth_a_word_however_sure_it_is() -> None:
    found = shift([6_000, 94_000], [2_500, 97_500])

    assert found.index > found.by_chance
    assert not found.is_found


def test_a_cell_that_one_side_lacks_is_a_change_and_one_that_both_lack_is_none() -> None:
    assert shift([0, 200], [100, 100]).is_large
    assert shift([0, 200], [0, 100]).index == 0
