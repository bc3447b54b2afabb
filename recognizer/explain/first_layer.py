"""The first layer of a network, by hand: its kernels and batch statistics from the model file, and what they make.

    model file -> FirstLayer: kernel, bias, stride, margin, BatchNorm
    uint8 RGB (S, S, 3), a filter -> normalize -> convolve -> its map (h, w)

What is computed is what the numbers of the file say, without an engine: it is for explaining.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.preprocessing import Pixels, Preprocessing, normalize

Floats = npt.NDArray[np.float32]

_MAX_SIDE, _MAX_NUMBERS = 16, 2**20


@dataclass(frozen=True)
class BatchNorm:
    """What a layer of batch normalisation has learned and stored, one number a channel."""

    gamma: Floats
    beta: Floats
    mean: Floats
    variance: Floats
    epsilon: float

    def applied(self, numbers: npt.NDArray[np.float64], channel: int) -> npt.NDArray[np.float64]:
        """One channel after the layer, with what it has stored."""
        scale = float(self.gamma[channel]) / math.sqrt(float(self.variance[channel]) + self.epsilon)
        return np.asarray((numbers - float(self.mean[channel])) * scale + float(self.beta[channel]))


@dataclass(frozen=True)
class FirstLayer:
    """A network's first convolution."""

    kernel: Floats
    """(k, k, C, F), as Keras stores it."""
    bias: Floats
    """(F,); zeros where it has none."""
    stride: int
    margin: tuple[int, int]
    """How many zeros are put before and after each side."""
    batch_norm: BatchNorm | None
    """Of the layer that follows; None where that is another."""

    def map_of(self, index: int, pixels: Pixels, preprocessing: Preprocessing) -> npt.NDArray[np.float64]:
        """What one filter makes of a picture, before batch normalisation.

        Args:
            index: of the filter.
            pixels: uint8 RGB, (S, S, 3), as `preprocessing.resize_and_crop` gives it.
            preprocessing: the record stored with the model.

        Returns:
            (h, w)
        """
        [image] = normalize(pixels[None], preprocessing)
        padded = np.pad(image, (self.margin, self.margin, (0, 0)))
        side = len(self.kernel)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
        windows = windows[:: self.stride, :: self.stride]  # (h, w, C, k, k)
        made = np.einsum("hwcij,ijc->hw", windows, self.kernel[..., index], dtype=np.float64)
        return np.asarray(made + float(self.bias[index]))


def read(path: Path, input_size: int) -> FirstLayer | None:
    """Reads the first layer of a model file; None where the network does not begin with a plain convolution.

    Args:
        path: the file.
        input_size: side of the network's input, in pixels: `same` padding depends on it.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    with artifact.opened(path) as file:
        artifact.refuse_what_is_not_plain_data(file)
        return _read(file, artifact.description_in(file), input_size)


def _read(file: h5py.File, description: Any, input_size: int) -> FirstLayer | None:
    layers = [layer for layer in description["config"]["layers"] if layer["class_name"] != "InputLayer"]
    zeros = layers.pop(0)["config"]["padding"] if layers[0]["class_name"] == "ZeroPadding2D" else None
    convolution, after = layers[0], layers[1]
    if convolution["class_name"] != "Conv2D" or not _is_plain(convolution["config"]):
        return None
    config, tensors = convolution["config"], _tensors(file, convolution["config"]["name"])
    kernel, bias = tensors[0], tensors[1] if len(tensors) > 1 else np.zeros(tensors[0].shape[-1:], np.float32)
    stride = int(config["strides"][0])
    margin = _margin(zeros, config["padding"], len(kernel), stride, input_size)
    if margin is None:
        return None
    batch_norm = _batch_norm(file, after) if after["class_name"] == "BatchNormalization" else None
    return FirstLayer(kernel, bias, stride, margin, batch_norm)


def _is_plain(config: Any) -> bool:
    """Whether a convolution is square, undilated, whole, and not too large."""
    [rows, columns], [down, across] = config["kernel_size"], config["strides"]
    plain = tuple(config.get("dilation_rate", (1, 1))) == (1, 1) and config.get("groups", 1) == 1
    return plain and rows == columns <= _MAX_SIDE and down == across


def _margin(zeros: Any, padding: str, side: int, stride: int, input_size: int) -> tuple[int, int] | None:
    """How many zeros are put before and after each side; None where rows and columns differ, or both layers add some.

    Args:
        zeros: of a layer that adds zeros, ((top, bottom), (left, right)); None where there is no such layer.
        padding: of the convolution.
        side: of its kernel.
        stride: of the convolution.
        input_size: side of the network's input, in pixels.
    """
    if zeros is not None:
        [vertical, horizontal] = zeros
        return (int(vertical[0]), int(vertical[1])) if vertical == horizontal and padding == "valid" else None
    added = max((-(-input_size // stride) - 1) * stride + side - input_size, 0) if padding == "same" else 0
    return added // 2, added - added // 2


def _batch_norm(file: h5py.File, layer: Any) -> BatchNorm | None:
    tensors = _tensors(file, layer["config"]["name"])
    if len(tensors) != 4:  # Without scale or centre.
        return None
    gamma, beta, mean, variance = tensors
    return BatchNorm(gamma, beta, mean, variance, float(layer["config"]["epsilon"]))


def _tensors(file: h5py.File, layer: str) -> list[Floats]:
    group = file.get(f"model_weights/{layer}")
    if not isinstance(group, h5py.Group):
        raise ArtifactError(f"The model file has no weights for the layer {layer}.")
    found = [group[name] for name in artifact.texts(group, "weight_names")]
    if sum(item.size for item in found) > _MAX_NUMBERS:
        raise ArtifactError(f"Expected at most {_MAX_NUMBERS} numbers in the layer {layer}.")
    tensors = [np.asarray(item[()], np.float32) for item in found]
    if not all(np.isfinite(tensor).all() for tensor in tensors):
        raise ArtifactError(f"The layer {layer} holds weights that are not finite numbers.")
    return tensors
