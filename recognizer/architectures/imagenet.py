"""How pixels are prepared for weights from ImageNet: the constants of `keras.applications`' `preprocess_input`s.

All records show the whole picture, stretched: with the usual central crop, twice as many animals of unseen
sources were taken for another.
"""

from __future__ import annotations

from recognizer.preprocessing import Preprocessing

CAFFE = Preprocessing(
    input_size=224,
    fit="stretch",
    crop_fraction=1.0,
    interpolation="bilinear",
    channel_order="bgr",
    mean=(103.939, 116.779, 123.68),
    std=(1.0, 1.0, 1.0),
)
"""Blue first, less the mean of ImageNet's training images."""

TORCH = Preprocessing(
    input_size=224,
    fit="stretch",
    crop_fraction=1.0,
    interpolation="bilinear",
    channel_order="rgb",
    mean=(123.675, 116.28, 103.53),
    std=(58.395, 57.12, 57.375),
)
"""Less the mean, by the standard deviation of ImageNet's training images."""

MINUS_ONE_TO_ONE = Preprocessing(
    input_size=224,
    fit="stretch",
    crop_fraction=1.0,
    interpolation="bilinear",
    channel_order="rgb",
    mean=(127.5, 127.5, 127.5),
    std=(127.5, 127.5, 127.5),
)
"""What Keras calls the mode "tf"."""
