"""Which of a stage's filters are drawn: those that answer strongly, and each to something else than the others.

    1/f noise in natural colours -> how strongly each filter answers, here and there in each picture (N, D)
      -> the stronger half -> farthest apart, one after the other

Places are compared, not means: over a whole picture of noise, all filters for edges answer alike, wherever they lie.

No photographs are needed. Of the last stage, those are drawn that speak most for each class, class by class.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt

from training.visualization.fourier_images import COLOURS
from training.visualization.open_network import OpenNetwork, Stage

Floats = npt.NDArray[np.float32]

_PICTURES = 32
_BATCH = 8
_PLACES = 24
_CONTRAST = 1.5


def choose(network: OpenNetwork, stage: Stage, count: int) -> list[int]:
    """The channels of a stage that are drawn, at most `count`, the most telling first."""
    kernel = network.last_kernel()
    if stage is network.stages[-1] and kernel is not None and len(kernel) == stage.channels:
        return for_classes(kernel, count)
    maps = network.maps(stage.layer)
    noise = natural_noise(_PICTURES, network.input_size)
    batches = [noise[start : start + _BATCH] for start in range(0, _PICTURES, _BATCH)]
    answers = [_here_and_there(maps(network.normalize(batch), training=False).numpy()) for batch in batches]
    return varied(np.concatenate(answers), count)


def _here_and_there(maps: Floats) -> Floats:
    """The answers at some places of each picture: (N, h, w, D) -> (N * places, D)."""
    _, height, width, channels = maps.shape
    random = np.random.default_rng(0)
    rows, columns = random.integers(0, height, _PLACES), random.integers(0, width, _PLACES)
    return maps[:, rows, columns].reshape(-1, channels)  # (N * places, D)


def for_classes(kernel: Floats, count: int) -> list[int]:
    """Channels that speak most for each class in turn: kernel (D, classes), against the mean of all classes."""
    evidence = kernel - kernel.mean(axis=1, keepdims=True)
    ranked = np.argsort(-evidence, axis=0)[:count]  # (count, classes), best first
    return list(dict.fromkeys(int(channel) for channel in chain.from_iterable(ranked)))[:count]


def varied(answers: Floats, count: int) -> list[int]:
    """Channels that answer strongly and unlike each other.

    Args:
        answers: (N, D), how strongly each channel answers to each of some things.
        count: how many at most; channels that never answer differently are left out.
    """
    spread = answers.std(axis=0)
    alive = np.flatnonzero(spread > 1e-6)
    strong = alive[np.argsort(-spread[alive], kind="stable")][: max(3 * count, len(alive) // 2)]
    shapes = (answers[:, strong] - answers[:, strong].mean(axis=0)) / spread[strong]  # (N, K)
    alike = shapes.T @ shapes / len(answers)  # (K, K), correlations
    return [int(strong[position]) for position in _farthest(alike, count)]


def _farthest(alike: Floats, count: int) -> Iterator[int]:
    """Begins with the first; then always the one that is least like any taken."""
    nearest = np.full(len(alike), -np.inf, np.float32)
    taken = 0
    for _ in range(min(count, len(alike))):
        yield taken
        nearest = np.maximum(nearest, alike[taken])
        nearest[taken] = np.inf
        taken = int(np.argmin(nearest))


def natural_noise(count: int, size: int) -> Floats:
    """Clouds of chance with the spectrum and the colours of photographs, (N, S, S, 3) from 0 to 1."""
    random = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    spectrum = random.normal(size=(2, count, 3, size, size // 2 + 1)) / np.maximum(frequency, 1 / size)
    waves = np.fft.irfft2(spectrum[0] + 1j * spectrum[1], s=(size, size))  # (N, 3, S, S)
    waves /= waves.std(axis=(2, 3), keepdims=True)
    coloured = np.moveaxis(waves, 1, -1) @ COLOURS.T
    return np.asarray(1 / (1 + np.exp(-_CONTRAST * coloured)), np.float32)
