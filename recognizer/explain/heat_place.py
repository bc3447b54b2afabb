"""Where in a picture a heat map lies, in words: for those who do not see it, or not its colours.

heat (h, w) -> its share in each of nine fields -> "top left", ..., "everywhere"
"""

from __future__ import annotations

from typing import get_args

import numpy as np

from recognizer.explain.class_activation import Floats
from recognizer.predictions.documents import Place

PLACES: tuple[Place, ...] = get_args(Place)
"""Every answer, the fields row by row."""
EVERYWHERE: Place = "everywhere"

_LEAST_SHARE = 0.2
"""Of all heat that the warmest of the nine fields has at least; spread evenly it would be 0.11."""


def place_of(heat: Floats) -> Place:
    """The field of a picture that has the most heat, one of `PLACES`.

    Args:
        heat: (h, w), 0 to 1; strong heat counts more, by its square.
    """
    rows, columns = ((2 * np.arange(size) + 1) * 3 // (2 * size) for size in heat.shape)  # The third of its centre.
    shares = np.zeros((3, 3))
    np.add.at(shares, (rows[:, None], columns[None, :]), np.square(heat))
    row, column = np.unravel_index(int(shares.argmax()), shares.shape)
    if shares[row, column] <= _LEAST_SHARE * shares.sum():
        return EVERYWHERE
    return PLACES[3 * int(row) + int(column)]
