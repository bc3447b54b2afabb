"""The second look: an unsure answer is looked at again, at the crop where the first look saw most.

    score or names unsure? -> feature map @ rejection head -> (h, w) -> crop around its peak -> network -> combined

An animal that is small in a picture fills the crop. About one picture in six of the classes is unsure, and takes twice
the time; so do most of other things, for no name fits them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.engines import Outputs
from recognizer.model_file.rejection_record import SecondLook
from recognizer.preprocessing import Box, Preprocessing, kept_box

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Looks:
    """What the looks at N pictures have come to."""

    outputs: Outputs
    """Of the first look at each."""
    logits: Floats
    """(N, C); of two looks, their sum."""
    ood_scores: Floats | None
    """(N,); None of a model without a rejection."""
    again: dict[int, tuple[Box, Outputs]]
    """By the number of a picture, the part that was looked at again, and the outputs for it alone."""

    def passes(self, index: int) -> int:
        """How often the network ran for a picture."""
        return 1 + (index in self.again)


def unsure(scores: Floats, logits: Floats, options: SecondLook) -> npt.NDArray[np.bool_]:
    """(N,) which pictures to look at again: the score says neither known nor unknown, or two names are close."""
    return is_between(scores, options) | (margin(logits) < options.logit_margin)


def is_between(scores: Floats, options: SecondLook) -> npt.NDArray[np.bool_]:
    """(N,) which in-distribution scores are neither clearly low nor clearly high."""
    return np.asarray((scores >= options.lowest) & (scores < options.highest))


def margin(logits: Floats) -> Floats:
    """(N,) by how much the best of (N, C) logits is above the second."""
    best = np.partition(logits, -2, axis=1)[:, -2:]
    return np.asarray(best[:, 1] - best[:, 0], np.float32)


def combined_scores(first: Floats, again: Floats, options: SecondLook) -> Floats:
    """(N,) scores after two looks: the greater of the two where the first was unsure, for a crop can lose the thing."""
    return np.where(is_between(first, options), np.maximum(first, again), first)


def peak_box(evidence: Floats, size: tuple[int, int], side: float, preprocessing: Preprocessing) -> Box:
    """The part of a picture around the place where most speaks for one of the classes.

    Args:
        evidence: (h, w), as `HeadScore.evidence` gives it.
        size: width and height of the picture, in pixels.
        side: of the part, against the side of a square as large as the picture.
        preprocessing: the record stored with the model.

    Returns:
        Left, top, right, bottom, inside the picture.
    """
    rows, columns = evidence.shape
    row, column = np.unravel_index(_sums_of_nine(evidence).argmax(), evidence.shape)
    left, top, right, bottom = kept_box(size, preprocessing)
    x = left + (column + 0.5) / columns * (right - left)
    y = top + (row + 0.5) / rows * (bottom - top)
    square = side * (size[0] * size[1]) ** 0.5
    width, height = min(size[0], square), min(size[1], square)
    x0 = float(np.clip(x - width / 2, 0, size[0] - width))
    y0 = float(np.clip(y - height / 2, 0, size[1] - height))
    return x0, y0, x0 + width, y0 + height


def _sums_of_nine(evidence: Floats) -> Floats:
    """(h, w): each number with its eight neighbours; the edge goes on beyond itself."""
    padded = np.pad(evidence, 1, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).sum(axis=(2, 3)), np.float32)
