"""Random small moves of an image before each look at it: what it shows has to survive them.

    pad -> turn, scale, shift, each image by itself -> the middle, as large as before

Without them, ascent finds patterns that excite a filter at one exact position and mean nothing: Olah et al. 2017,
"Transformation Robustness".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

_GREY = 0.5


@dataclass(frozen=True)
class Moves:
    """How far an image is moved at most."""

    turn: float = 0.09
    """Standard deviation of the angle, in radians."""
    scale: float = 0.1
    """Share by which it becomes larger or smaller."""
    shift: float = 0.06
    """Share of its side by which it goes up, down, left or right."""
    pad: float = 0.08
    """Share of its side by which grey is added around it first."""


def moved(images: tf.Tensor, moves: Moves, random: tf.random.Generator) -> tf.Tensor:
    """The images, each moved by chance; of the same shape, (N, S, S, 3)."""
    import tensorflow as tf

    count, size = images.shape[0], images.shape[1]
    pad = round(moves.pad * size)
    padded = tf.pad(images, [[0, 0], [pad, pad], [pad, pad], [0, 0]], constant_values=_GREY)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=padded,
        transforms=_matrices(count, size, pad, moves, random),
        output_shape=[size, size],
        fill_value=_GREY,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def _matrices(count: int, size: int, pad: int, moves: Moves, random: tf.random.Generator) -> tf.Tensor:
    """Each as TensorFlow wants it: where in the padded image a pixel of the result comes from, (N, 8)."""
    import tensorflow as tf

    angle = moves.turn * random.normal([count])
    scale = 1 + random.uniform([count], -moves.scale, moves.scale)
    shift = moves.shift * size
    across, down = random.uniform([count], -shift, shift), random.uniform([count], -shift, shift)
    cos, sin, zero = scale * tf.cos(angle), scale * tf.sin(angle), tf.zeros([count])
    middle = (size - 1) / 2
    return tf.stack(
        [
            *(cos, -sin, middle + pad - cos * middle + sin * middle + across),
            *(sin, cos, middle + pad - sin * middle - cos * middle + down),
            *(zero, zero),
        ],
        axis=1,
    )
