from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.charts.learning_curves import BOTTOM, LEFT, RIGHT, TOP, LearningCurve, learning_curves, ticks
from recognizer.model_file.results import Phase, Results

VALUES = st.lists(st.floats(-1e9, 1e9), max_size=30)


def curve(*phases: dict[str, Any]) -> LearningCurve:
    [found] = learning_curves([Phase(**phase) for phase in phases])
    return found


def test_there_is_a_curve_of_accuracy_and_one_of_loss() -> None:
    found = learning_curves([Phase(loss=(1.0,), accuracy=(0.5,), val_loss=(2.0,))])

    assert [(one.metric, [line.part for line in one.lines]) for one in found] == [
        ("accuracy", ["training"]),
        ("loss", ["training", "held back"]),
    ]


@pytest.mark.parametrize("history", [None, (), (Phase(),), (Phase(loss=()),)])
def test_without_values_there_is_none(history: tuple[Phase, ...] | None) -> None:
    assert learning_curves(history) == []


@pytest.mark.parametrize(
    ("lowest", "highest", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (1, 4, [1, 2, 3, 4]),
        (1, 1, [1.0, 1.2]),
        (0, 0, [0, 0.2]),
        (0.9843, 0.9934, [0.984, 0.986, 0.988, 0.99, 0.992, 0.994]),
        (3, 27, [0, 5, 10, 15, 20, 25, 30]),
        (0.1, 0.10000000000000002, [0.1, 0.15]),
        (0.9895188808441162, 0.9895188808441163, [0.8, 1.0]),
        (0, 1e-300, [0, 0.2]),
    ],
)
def test_ticks_are_round_and_hold_the_range(lowest: float, highest: float, expected: list[float]) -> None:
    assert ticks(lowest, highest) == pytest.approx(expected)


@given(VALUES, VALUES)
def test_every_curve_lies_within_its_axes(training: list[float], held_back: list[float]) -> None:
    for drawn in learning_curves(Results.read({"history": [{"loss": training, "val_loss": held_back}]}).history):
        for x, y in (dot for line in drawn.lines for dot in line.dots):
            assert LEFT <= float(x) <= RIGHT
            assert TOP <= float(y) <= BOTTOM
        assert all(LEFT <= float(tick.at) <= RIGHT for tick in drawn.x_ticks)


def test_the_largest_value_is_on_top_and_the_smallest_at_the_bottom() -> None:
    drawn = curve({"loss": (1.0, 0.0)})

    assert [y for _, y in drawn.lines[0].dots] == [f"{TOP:.1f}", f"{BOTTOM:.1f}"]


def test_phases_are_told_apart() -> None:
    drawn = curve({"loss": (4,)}, {"loss": (3, 2, 1)})

    assert len(drawn.bounds) == 1
    assert float(drawn.lines[0].dots[0][0]) < float(drawn.bounds[0]) < float(drawn.lines[0].dots[1][0])


def test_the_table_has_every_number() -> None:
    drawn = curve({"loss": (4.0, 3.0), "val_loss": (5.0,)})

    assert drawn.rows == [(1, ["4.0000", "5.0000"]), (2, ["3.0000", "–"])]


def test_ticks_at_an_axis_have_as_many_decimals() -> None:
    drawn = curve({"loss": (0.984, 0.9934)})

    assert {len(tick.text) for tick in drawn.y_ticks} == {len("0.984")}


@pytest.mark.parametrize(
    ("epochs", "named"),
    [
        (1, ["1"]),
        (7, ["1", "2", "3", "4", "5", "6", "7"]),
        (13, ["2", "4", "6", "8", "10", "12"]),
        (27, ["5", "10", "15", "20", "25"]),
        (1300, ["200", "400", "600", "800", "1000", "1200"]),
    ],
)
def test_epochs_are_named_as_far_as_there_is_room(epochs: int, named: list[str]) -> None:
    drawn = curve({"loss": tuple(range(epochs))})

    assert [tick.text for tick in drawn.x_ticks] == named
