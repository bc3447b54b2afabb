"""A network of one layer, without Keras: as much of one as the model file touches."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

KERNEL = np.linspace(-1, 1, 60, dtype=np.float32).reshape(3, 4, 5)
BIAS = np.array([0.1234567, 1e-7, -3.3333333, 4, 5], np.float32)
LAYER_CONFIG = {"class_name": "Dense", "config": {"name": "logits"}, "module": "keras.layers", "registered_name": None}
NETWORK = {"class_name": "Functional", "config": {"name": "small", "layers": [LAYER_CONFIG]}}


@dataclass
class FakeLayer:
    """As much of a Keras layer as the artifact touches."""

    name: str
    weights: list[npt.NDArray[Any]]
    received: list[npt.NDArray[Any]] = field(default_factory=list)

    def set_weights(self, weights: list[npt.NDArray[Any]]) -> None:
        self.received = weights


class FakeModel:
    """A Keras model of one layer that saves itself as Keras does."""

    def __init__(self) -> None:
        self.layers = [FakeLayer("image", []), FakeLayer("logits", [KERNEL, BIAS])]

    def save(self, path: Path, *, include_optimizer: bool) -> None:
        assert not include_optimizer
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(NETWORK)
            file.attrs["keras_version"] = "3.15.1"
            layer = file.create_group("model_weights/logits")
            layer.attrs["weight_names"] = [b"logits/kernel", b"logits/bias"]
            layer["logits/kernel"] = KERNEL
            layer["logits/bias"] = BIAS
