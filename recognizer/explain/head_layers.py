"""The layers that may stand between the last feature map and the logits, each with its gradient, in NumPy.

    x -> layer -> y, and a function that turns dL/dy into dL/dx

For one picture at a time. What the tail of a network is made of is little: a few layers, none with a place any more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Back = Callable[[Floats], Floats]
Layer = Callable[[Floats], tuple[Floats, Back]]
"""Computes an output, and gives the function that takes the gradient back from there."""
Curve = Callable[[Floats], tuple[Floats, Floats]]
"""An activation: its values and its slopes."""

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)), np.float32)  # Overflows nowhere.


def _elu(x: Floats) -> tuple[Floats, Floats]:
    below = np.exp(np.minimum(x, 0))
    return np.where(x > 0, x, below - 1), np.where(x > 0, 1, below)


def _silu(x: Floats) -> tuple[Floats, Floats]:
    gate = _sigmoid(x)
    return x * gate, gate * (1 + x * (1 - gate))


def _tanh(x: Floats) -> tuple[Floats, Floats]:
    y = np.tanh(x)
    return y, 1 - y * y


def _logistic(x: Floats) -> tuple[Floats, Floats]:
    y = _sigmoid(x)
    return y, y * (1 - y)


def _selu(x: Floats) -> tuple[Floats, Floats]:
    y, slope = _elu(x)
    scale = np.where(x > 0, _SELU_SCALE, _SELU_SCALE * _SELU_ALPHA)
    return scale * y, scale * slope


def relu(*, negative_slope: float = 0.0, most: float = math.inf) -> Curve:
    """A ReLU, with what it does below 0 and where it ends."""

    def curve(x: Floats) -> tuple[Floats, Floats]:
        slope = np.where(x > 0, np.where(x < most, 1.0, 0.0), negative_slope)
        return np.minimum(np.where(x > 0, x, negative_slope * x), most), slope

    return curve


CURVES: Mapping[str, Curve] = {
    "linear": lambda x: (x, np.ones_like(x)),
    "relu": relu(),
    "relu6": relu(most=6.0),
    "leaky_relu": relu(negative_slope=0.2),
    "sigmoid": _logistic,
    "tanh": _tanh,
    "elu": _elu,
    "selu": _selu,
    "silu": _silu,
    "swish": _silu,
}
"""Activations by Keras's names."""


def bent(curve: Curve) -> Layer:
    """An activation by itself."""

    def apply(x: Floats) -> tuple[Floats, Back]:
        y, slope = curve(x)
        return y, lambda gradient: gradient * slope

    return apply


def dense(kernel: Floats, bias: Floats, curve: Curve) -> Layer:
    """A dense layer, kernel (I, O) and bias (O,), with its activation."""

    def apply(x: Floats) -> tuple[Floats, Back]:
        y, slope = curve(x @ kernel + bias)
        return y, lambda gradient: np.asarray((gradient * slope) @ kernel.T, np.float32)

    return apply


def scaled(factor: Floats, offset: Floats) -> Layer:
    """A factor and an offset for each channel, as batch normalisation is once it is trained."""

    def apply(x: Floats) -> tuple[Floats, Back]:
        return x * factor + offset, lambda gradient: gradient * factor

    return apply


def reshaped(shape: tuple[int, ...]) -> Layer:
    """The same numbers in another shape."""

    def apply(x: Floats) -> tuple[Floats, Back]:
        return x.reshape(shape), lambda gradient: gradient.reshape(x.shape)

    return apply


def averaged(x: Floats) -> tuple[Floats, Back]:
    """The average over the place: (h, w, D) -> (D,)."""
    cells = x.shape[0] * x.shape[1]
    return x.mean(axis=(0, 1)), lambda gradient: np.broadcast_to(gradient / cells, x.shape)


def greatest(x: Floats) -> tuple[Floats, Back]:
    """The greatest over the place: (h, w, D) -> (D,). Where several are, they share the gradient, as in TensorFlow."""
    y = x.max(axis=(0, 1))
    where = x == y
    return y, lambda gradient: np.asarray(where / where.sum(axis=(0, 1)) * gradient, np.float32)


def of_unit_length(x: Floats) -> tuple[Floats, Back]:
    """The direction of a vector (D,)."""
    length = float(np.linalg.norm(x)) or 1.0
    y = x / length
    return y, lambda gradient: (gradient - y * float(gradient @ y)) / length


def batch_normalisation(options: Mapping[str, Any], numbers: list[Floats]) -> Layer:
    """Batch normalisation of a trained network; `numbers` are scale, centre, mean, variance, as far as it has them."""
    waiting = list(numbers)
    scale = waiting.pop(0) if options.get("scale", True) else np.float32(1)
    centre = waiting.pop(0) if options.get("center", True) else np.float32(0)
    mean, variance = waiting
    factor = scale / np.sqrt(variance + np.float32(options.get("epsilon", 1e-3)))
    return scaled(np.asarray(factor, np.float32), np.asarray(centre - mean * factor, np.float32))
