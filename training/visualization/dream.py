"""Deep Dream: a photograph is changed, small step by small step, into what a network sees in it even more strongly.

    photograph -> small -> steps -> larger, with the details that it lost -> steps -> ... -> full size
    a step: shifted by chance -> network -> how strongly a stage, or one class -> gradient, smoothed -> pixels

Mordvintsev et al. 2015, "Inceptionism". The gradient is smoothed as if the picture were held as in `fourier_images.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from training.errors import DreamError
from training.visualization.fourier_images import COLOURS
from training.visualization.open_network import OpenNetwork

if TYPE_CHECKING:
    import tensorflow as tf

Floats = npt.NDArray[np.float32]
Excite = Callable[["tf.Tensor"], "tf.Tensor"]
"""Pixels (1, H, W, 3) from 0 to 1 -> a number: how strongly they excite what is dreamt of."""

_OCTAVE_SCALE = 1.4
_SHIFT = 24
"""Pixels by which the picture is shifted at most, before each step."""
_STEP = 0.006
"""Mean change of a pixel in a step, for a strength of 1."""
# Waves over the picture: changes that are as wide are no easier than those. Else the dream is of light and shade.
_CALM_WAVES = 8
# As a plan has it, for the smallest octave too.
_LEAST_SIDE = 48


@dataclass(frozen=True)
class Plan:
    """What is dreamt of, and how much of it."""

    layer: str | None = None
    """A stage by its name; None: the last but one, or none where a class is given."""
    label: str | None = None
    """A class by its name, in place of a stage."""
    strength: int = 2
    octaves: int = 3
    steps: int = 12
    """In each octave."""
    side: int = 512
    """The longer side of the picture, in pixels."""

    @property
    def all_steps(self) -> int:
        """In all octaves together."""
        return self.steps * self.octaves


@dataclass(frozen=True)
class Moment:
    """The dream after a step."""

    done: int
    """How many steps have been done, from 1."""
    octave: int
    """From 1, the smallest."""
    share: float
    """Of all the work that there is, for a step costs as much as it has pixels."""
    pixels: Floats
    """(H, W, 3) from 0 to 1."""
    excited: float
    """How strongly the picture before the step excites what is dreamt of."""

    def picture(self) -> Image.Image:
        """As a picture, in the size of its octave."""
        return Image.fromarray(np.round(255 * self.pixels).astype(np.uint8))


def dream(network: OpenNetwork, photograph: Image.Image, plan: Plan, *, seed: int = 0) -> Iterator[Moment]:
    """Dreams, and gives the picture after every step; the last one is the dream.

    Args:
        network: whose dream it is.
        photograph: RGB, of any size.
        plan: what is dreamt of.
        seed: of the small shifts.

    Raises:
        DreamError: the network has no such stage or class.
    """
    return _dream(_gradient(excitement(network, plan)), photograph, plan, np.random.default_rng(seed))


def excitement(network: OpenNetwork, plan: Plan) -> Excite:
    """What the dream is to have more of, as a number.

    Raises:
        DreamError: the network has no such stage or class.
    """
    return _class(network, plan.label) if plan.label is not None else _stage(network, plan.layer)


def _stage(network: OpenNetwork, name: str | None) -> Excite:
    stage = network.stages[max(0, len(network.stages) - 2)] if name is None else network.stage(name)
    if stage is None:
        known = ", ".join(stage.name for stage in network.stages)
        raise DreamError(f"Expected a stage of this network: {known}. Received: {name!r}")
    maps = network.maps(stage.layer)

    def excite(pixels: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        return tf.reduce_mean(tf.square(maps(network.normalize(pixels), training=False)))

    return excite


def _class(network: OpenNetwork, label: str) -> Excite:
    if label not in network.class_names:
        raise DreamError(f"Expected a class of this model: {', '.join(network.class_names)}. Received: {label!r}")
    logits = network.logits_of_any_size()
    if logits is None:
        raise DreamError("This network takes pictures of one size only, and cannot dream of a class. Choose a stage.")
    index = network.class_names.index(label)
    return lambda pixels: logits(network.normalize(pixels), training=False)[0, index]


def _gradient(excite: Excite) -> Callable[[Floats], tuple[Floats, float]]:
    import tensorflow as tf

    def gradient(pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            excited = excite(pixels)
        return tape.gradient(excited, pixels), excited

    compiled = tf.function(gradient, input_signature=[tf.TensorSpec((1, None, None, 3), tf.float32)])

    def computed(pixels: Floats) -> tuple[Floats, float]:
        found, excited = compiled(tf.constant(pixels[None]))
        return found.numpy()[0], float(excited)

    return computed


def _dream(
    gradient: Callable[[Floats], tuple[Floats, float]], photograph: Image.Image, plan: Plan, random: np.random.Generator
) -> Iterator[Moment]:
    whole = fitting(photograph, plan.side)
    dreamt: Floats = np.zeros((1, 1, 3), np.float32)
    sizes = octave_sizes(whole.size, plan.octaves)
    work = plan.steps * sum(width * height for width, height in sizes)
    done, worked = 0, 0
    for octave, size in enumerate(sizes, start=1):
        plain = _numbers(whole.resize(size, Image.Resampling.LANCZOS))
        pixels = _within(plain + _resized(dreamt, size))
        for _ in range(plan.steps):
            shift = random.integers(-_SHIFT, _SHIFT + 1, 2)
            slope, excited = gradient(np.roll(pixels, shift, (0, 1)))
            change = smoothed(np.roll(slope, -shift, (0, 1)))
            change *= _STEP * plan.strength / (np.abs(change).mean() + 1e-9)
            pixels = _within(pixels + change)
            done, worked = done + 1, worked + size[0] * size[1]
            yield Moment(done, octave, worked / work, pixels, excited)
        dreamt = np.subtract(pixels, plain, dtype=np.float32)


def fitting(photograph: Image.Image, side: int) -> Image.Image:
    """The photograph with its longer side of `side` pixels, be it larger or smaller."""
    scale = side / max(photograph.size)
    size = tuple(max(_LEAST_SIDE, round(length * scale)) for length in photograph.size)
    return photograph.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def octave_sizes(size: tuple[int, int], octaves: int) -> list[tuple[int, int]]:
    """Widths and heights from the smallest to the whole."""
    scales = [_OCTAVE_SCALE**-number for number in reversed(range(octaves))]
    return [(max(_LEAST_SIDE, round(size[0] * s)), max(_LEAST_SIDE, round(size[1] * s))) for s in scales]


def smoothed(slope: Floats) -> Floats:
    """A gradient in pixels, (H, W, 3), as a step in spectrum and decorrelated colours would change them."""
    height, width = slope.shape[:2]
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    weights = 1 / np.maximum(frequency, _CALM_WAVES / max(height, width))[..., None]
    weights[0, 0] = 0  # The picture as a whole becomes neither darker nor redder.
    spectrum = np.fft.rfft2(slope @ (COLOURS @ COLOURS.T), axes=(0, 1)) * weights
    return np.fft.irfft2(spectrum, s=(height, width), axes=(0, 1)).astype(np.float32)


def _resized(change: Floats, size: tuple[int, int]) -> Floats:
    channels = [Image.fromarray(change[..., channel]).resize(size, Image.Resampling.BILINEAR) for channel in range(3)]
    return np.stack([np.asarray(channel, np.float32) for channel in channels], axis=-1)


def _numbers(picture: Image.Image) -> Floats:
    return np.asarray(np.asarray(picture) / 255, np.float32)


def _within(pixels: Floats) -> Floats:
    return np.asarray(np.clip(pixels, 0, 1), np.float32)
