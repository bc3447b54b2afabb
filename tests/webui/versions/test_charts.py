from __future__ import annotations

import math

import pytest

from webui.versions.charts import BOTTOM, TOP, Chart, Series, by_epoch, ticks


def chart(*series: Series, phases: tuple[int, ...] = (2, 2)) -> Chart | None:
    return by_epoch("loss", title="Loss", description="It falls.", series=series, phases=phases)


@pytest.mark.parametrize(
    ("lowest", "highest", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (1, 4, [1, 2, 3, 4]),
        (1, 1, [1.0, 1.2]),
        (0, 0, [0, 0.2]),
        (0.9843, 0.9934, [0.984, 0.986, 0.988, 0.99, 0.992, 0.994]),
        (3, 27, [0, 5, 10, 15, 20, 25, 30]),
    ],
)
def test_ticks_are_round_and_hold_the_range(lowest: float, highest: float, expected: list[float]) -> None:
    assert ticks(lowest, highest) == pytest.approx(expected)


def test_the_largest_value_is_on_top_and_the_smallest_at_the_bottom() -> None:
    drawn = chart(Series("training", [1.0, 0.0]))

    assert drawn is not None
    assert [y for _, y in drawn.lines[0].dots] == [f"{TOP:.1f}", f"{BOTTOM:.1f}"]


def test_phases_are_told_apart() -> None:
    drawn = chart(Series("training", [4, 3, 2, 1]), phases=(1, 3))

    assert drawn is not None
    assert len(drawn.bounds) == 1
    assert float(drawn.lines[0].dots[0][0]) < float(drawn.bounds[0]) < float(drawn.lines[0].dots[1][0])


def test_the_table_has_every_number() -> None:
    drawn = chart(Series("training", [4.0, 3.0]), Series("held back", [5.0]))

    assert drawn is not None
    assert drawn.rows == [(1, ["4.0000", "5.0000"]), (2, ["3.0000", "–"])]


def test_ticks_at_an_axis_have_as_many_decimals() -> None:
    drawn = chart(Series("training", [0.984, 0.9934]))

    assert drawn is not None
    assert {len(tick.text) for tick in drawn.y_ticks} == {len("0.984")}


@pytest.mark.parametrize("values", [[], [math.inf], [math.nan, 1.0]])
def test_what_cannot_be_drawn_is_left_out(values: list[float]) -> None:
    assert chart(Series("training", values)) is None
