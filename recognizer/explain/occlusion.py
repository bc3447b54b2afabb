"""Occlusion: what the answer becomes when a part of the picture is covered.

    picture, square -> covered() -> the network -> another answer
    picture, square at every place of a grid -> the network -> drops of the class's probability, (rows, columns)

Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901. It needs no gradient and knows nothing of the network: what it
shows is true of any classifier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer.images.decode import Picture
from recognizer.preprocessing import Preprocessing

Floats = npt.NDArray[np.float32]
Colour = tuple[int, int, int]

LEAST_SIZE, MOST_SIZE = 0.05, 0.8
"""Of the square's side, against the picture's shorter side."""
PLACES = 9
"""Of the square on an occlusion map, along the longer side."""


@dataclass(frozen=True)
class Square:
    """A square that covers a part of a picture."""

    x: float
    """Of its centre, 0 to 1 from the left."""
    y: float
    """Of its centre, 0 to 1 from the top."""
    size: float
    """Its side, against the picture's shorter side."""

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in the pixels of a picture of this width and height; what is outside is cut off."""
        width, height = size
        half = self.size * min(size) / 2
        left, right = (round(np.clip(self.x * width + way * half, 0, width)) for way in (-1, 1))
        top, bottom = (round(np.clip(self.y * height + way * half, 0, height)) for way in (-1, 1))
        return left, top, max(right, left), max(bottom, top)


def grey(preprocessing: Preprocessing) -> Colour:
    """The colour of the square: the mean of what the network was trained on, which it gets as 0."""
    mean = [round(float(np.clip(value, 0, 255))) for value in preprocessing.mean]
    if len(mean) == 1:
        return mean[0], mean[0], mean[0]
    red, green, blue = mean[::-1] if preprocessing.channel_order == "bgr" else mean
    return red, green, blue


def covered(picture: Picture, square: Square, colour: Colour) -> Picture:
    """A copy of a picture with a square over it."""
    rgb = picture.rgb.copy()
    rgb.paste(colour, square.box(rgb.size))
    return replace(picture, rgb=rgb)


def grid(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the places that a square is put to on a picture of this width and height."""
    width, height = size
    longest = max(size)
    return max(2, round(PLACES * height / longest)), max(2, round(PLACES * width / longest))


def squares(size: tuple[int, int], side: float) -> Iterator[Square]:
    """The square at every place of the grid, row by row; the places' centres share the picture evenly."""
    rows, columns = grid(size)
    for row in range(rows):
        for column in range(columns):
            yield Square((column + 0.5) / columns, (row + 0.5) / rows, side)


def drops(whole: float, covered_scores: Floats, size: tuple[int, int]) -> Floats:
    """By how much the probability of a class drops at each place: (rows, columns), negative where it rises.

    Args:
        whole: its probability for the picture as it is.
        covered_scores: its probability for each of `squares`, in their order.
        size: width and height of the picture.
    """
    return np.asarray(whole - np.reshape(covered_scores, grid(size)), np.float32)


def shrunk(picture: Picture, longest_side: int) -> Picture:
    """The picture no larger than this: to paste a square onto a large one costs more than the network."""
    if max(picture.rgb.size) <= longest_side:
        return picture
    rgb = picture.rgb.copy()
    rgb.thumbnail((longest_side, longest_side), Image.Resampling.BILINEAR)
    return replace(picture, rgb=rgb)
