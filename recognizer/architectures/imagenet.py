"""How pixels are prepared for weights from ImageNet: the constants of `keras.applications`' `preprocess_input`s.

All records show the whole picture, stretched: with the usual central crop, twice as many animals of unseen
sources were taken for another.
"""

from __future__ import annotations

from typing import Literal

from recognizer.preprocessing import Preprocessing

_Numbers = tuple[float, float, float]


def _stretched(channel_order: Literal["rgb", "bgr"], mean: _Numbers, std: _Numbers) -> Preprocessing:
    return Preprocessing(
        input_size=224,
        fit="stretch",
        crop_fraction=1.0,
        interpolation="bilinear",
        channel_order=channel_order,
        mean=mean,
        std=std,
    )


CAFFE = _stretched("bgr", (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
"""Blue first, less the mean of ImageNet's training images."""

TORCH = _stretched("rgb", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
"""Less the mean, by the standard deviation of ImageNet's training images."""

MINUS_ONE_TO_ONE = _stretched("rgb", (127.5, 127.5, 127.5), (127.5, 127.5, 127.5))
"""What Keras calls the mode "tf"."""
