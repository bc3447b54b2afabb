from __future__ import annotations

import numpy as np
import pytest

from webui.lesson import arithmetic
from webui.lesson.grids import signed, written
from webui.lesson.kinds import KINDS, cost


def test_a_convolution_is_a_sum_of_products_at_each_place() -> None:
    made = arithmetic.convolve(np.arange(12.0).reshape(3, 4), np.array([[1.0, 2.0], [3.0, 4.0]]))

    assert made.tolist() == [[0 + 2 + 12 + 20, 1 + 4 + 15 + 24, 2 + 6 + 18 + 28], [74, 84, 94]]


def test_pooling_drops_what_is_left_over() -> None:
    assert arithmetic.max_pool(np.arange(9.0).reshape(3, 3), 2).tolist() == [[4]]


def test_a_higher_temperature_brings_scores_together_and_keeps_their_order() -> None:
    cold, warm = (arithmetic.softmax([2.0, 1.0, -1.0], temperature) for temperature in (0.5, 4.0))

    assert cold.sum() == pytest.approx(1)
    assert cold[0] > warm[0] > warm[1] > warm[2] > cold[2]


def test_the_first_step_of_adam_is_as_long_in_a_flat_direction_as_in_a_steep_one() -> None:
    steps = arithmetic.first_steps([0.001, -40.0], {"sgd": 0.1, "momentum": 0.1, "adam": 0.1})

    assert steps["sgd"] == pytest.approx([-0.0001, 4.0])
    assert steps["adam"] == pytest.approx([-0.1, 0.1], rel=0.01)


def test_a_separable_convolution_costs_what_its_two_steps_cost() -> None:
    [separable] = [kind for kind in KINDS if kind.name == "separable"]

    found = cost(separable, side=10, channels=8, filters=16, kernel=3, groups=4)

    assert (found.weights, found.multiply_adds, found.side) == (9 * 8 + 8 * 16, 100 * (72 + 128), 10)


def test_every_kind_is_drawn_inside_its_frame() -> None:
    for kind in KINDS:
        shapes = [*kind.taps, *kind.nodes, *kind.links]
        assert all(0 <= shape.x <= 124 and 0 <= shape.y <= 112 for shape in shapes), kind.name
        assert all(0 <= (shape.to_x or 0) <= kind.links_width + 112 for shape in shapes), kind.name


def test_tones_follow_sign_and_size() -> None:
    [row] = signed("Map", np.array([[-4.0, -0.1, 0.0, 2.0]])).rows

    assert [cell.tone for cell in row] == ["minus-9", "minus-1", "zero", "plus-5"]
    assert written(-0.256) == "−0.26"
