from __future__ import annotations

import numpy as np
import pytest

from recognizer.explain.heat_place import EVERYWHERE, PLACES, place_of


@pytest.mark.parametrize("index", range(9))
@pytest.mark.parametrize("size", [(224, 150), (7, 7), (3, 4)])
def test_the_field_with_the_heat_is_named(index: int, size: tuple[int, int]) -> None:
    row, column = divmod(index, 3)
    heat = np.full(size, 0.1, np.float32)
    heat[round((row + 0.5) * size[0] / 3 - 0.5), round((column + 0.5) * size[1] / 3 - 0.5)] = 1
    heat[heat < 1] = 0

    assert place_of(heat) == PLACES[index]


@pytest.mark.parametrize(
    ("size", "hot", "place"),
    [
        ((9, 1), (4, 0), "middle"),
        ((9, 1), (0, 0), "top middle"),
        ((1, 9), (0, 8), "middle right"),
        ((9, 2), (4, 1), "middle right"),
        ((7, 7), (2, 4), "middle"),  # A third of 7 is 2.3: the middle one is from 2.3 to 4.7.
    ],
)
def test_few_columns_or_rows_lie_where_their_centres_do(
    size: tuple[int, int], hot: tuple[int, int], place: str
) -> None:
    heat = np.zeros(size, np.float32)
    heat[hot] = 1

    assert place_of(heat) == place


def test_the_fields_are_called_as_people_say() -> None:
    rows = (
        "top left, top middle, top right, middle left, middle, middle right, bottom left, bottom middle, bottom right"
    )

    assert list(PLACES) == [*rows.split(", "), "everywhere"]


@pytest.mark.parametrize("heat", [np.ones((9, 9)), np.zeros((9, 9)), np.ones((1, 1)) * 0, np.tile([0.4, 0.5], (8, 4))])
def test_heat_that_lies_nowhere_in_particular_is_everywhere(heat: np.ndarray) -> None:
    assert place_of(heat.astype(np.float32)) == EVERYWHERE
