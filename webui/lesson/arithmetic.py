"""The arithmetic of the lesson's examples in NumPy: what a page shows without its script, and compares itself with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def convolve(image: Numbers, kernel: Numbers) -> Numbers:
    """Every place where a kernel fits, stride 1: (H, W) and (k, k) -> (H - k + 1, W - k + 1)."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.asarray(np.einsum("hwij,ij->hw", windows, kernel))


def relu(numbers: Numbers) -> Numbers:
    """What is negative becomes 0."""
    return np.maximum(numbers, 0)


def max_pool(numbers: Numbers, size: int) -> Numbers:
    """The largest number of each block of `size` x `size`; what is left over at the end is dropped."""
    windows = np.lib.stride_tricks.sliding_window_view(numbers, (size, size))[::size, ::size]
    return np.asarray(windows.max(axis=(2, 3)))


def softmax(logits: Sequence[float], temperature: float = 1.0) -> Numbers:
    """Scores that sum to 1."""
    powers = np.exp((np.array(logits) - max(logits)) / temperature)
    return np.asarray(powers / powers.sum())


def first_steps(gradient: Sequence[float], rates: dict[str, float]) -> dict[str, list[float]]:
    """What each optimizer adds to the weights in its first step.

    SGD and momentum go down the gradient; Adam divides it by its own size, so that only its sign is left
    (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980).
    """
    slope = np.array(gradient)
    adam = -rates["adam"] * slope / (np.abs(slope) + 1e-7 / np.sqrt(1 - 0.999))
    return {
        "sgd": (-rates["sgd"] * slope).tolist(),
        "momentum": (-rates["momentum"] * slope).tolist(),
        "adam": adam.tolist(),
    }
