"""Gradient ascent on a batch of images: each climbs towards what excites its own filter or class most.

    images -> moved -> normalised -> network -> (N,) how strongly -> gradient -> Adam on the spectra

Yosinski et al. 2015, https://arxiv.org/abs/1506.06579; Olah et al. 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from training.visualization.fourier_images import GREY, FourierImages
from training.visualization.transforms import Moves, moved

if TYPE_CHECKING:
    import tensorflow as tf

Look = Callable[["tf.Tensor"], "tf.Tensor"]
"""Pixels (N, S, S, 3) from 0 to 1 -> (N, D), how strongly each of D channels or classes is excited by each."""


@dataclass(frozen=True)
class Climb:
    """How images are climbed with."""

    size: int
    """Side of the images in pixels."""
    steps: int
    rate: float = 0.05
    decay: float = 1.0
    """See `FourierImages`."""
    moves: Moves = field(default_factory=Moves)
    contrast: float = GREY
    """Of what they begin with; a filter that grey does not excite at all has no slope there."""


@dataclass(frozen=True)
class Found:
    """Images, and how strongly they excite what they were made for."""

    pixels: npt.NDArray[np.uint8]
    """(N, S, S, 3)"""
    excited: npt.NDArray[np.float32]
    """(N,), as they are: after the last step, and not moved."""


def ascend(
    look: Look, units: Sequence[int], climb: Climb, *, seed: int, on_step: Callable[[], None] = lambda: None
) -> Found:
    """Makes an image for each of some channels or classes, all of them at once.

    Args:
        look: how strongly pictures excite what.
        units: which channels or classes, one for each image.
        climb: size, steps and the rest.
        seed: the same one makes the same images.
        on_step: called after each step.
    """
    import keras
    import tensorflow as tf

    images = FourierImages(len(units), climb.size, seed=seed, decay=climb.decay, contrast=climb.contrast)
    optimizer = keras.optimizers.Adam(climb.rate, epsilon=1e-7)
    optimizer.build([images.spectrum])
    random = tf.random.Generator.from_seed(seed)
    own = tf.constant(list(enumerate(units)))

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = -tf.reduce_sum(tf.gather_nd(look(moved(images.pixels(), climb.moves, random)), own))
        optimizer.apply([tape.gradient(loss, images.spectrum)], [images.spectrum])

    compiled = tf.function(step)
    for _ in range(climb.steps):
        compiled()
        on_step()
    pixels = images.pixels()
    return Found(np.round(255 * pixels.numpy()).astype(np.uint8), tf.gather_nd(look(pixels), own).numpy())
