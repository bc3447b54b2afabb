"""The engines that run a network: one protocol, `Engine`, on OpenVINO (what serves) and on TensorFlow (the reference).

choice -> graph_files: is there a compiled graph? -> openvino                on_demand -> compiler -> tensorflow, parity
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recognizer.preprocessing import Pixels

Report = Callable[[str], None]
"""A callback that is told each step while an engine is made ready, in a few words."""


@dataclass(frozen=True)
class Outputs:
    """The three outputs of a network for N pictures."""

    logits: npt.NDArray[np.float32]
    """(N, C), before softmax and temperature."""
    embedding: npt.NDArray[np.float32]
    """(N, E), what the logits are a linear map of: the averages of the feature map, or a dense layer's output."""
    feature_map: npt.NDArray[np.float32]
    """(N, h, w, D), the last features that have a place in the picture."""

    def __getitem__(self, index: int) -> Outputs:
        """Those of one picture, N = 1."""
        only = slice(index, index + 1)
        return Outputs(self.logits[only], self.embedding[only], self.feature_map[only])


class Engine(Protocol):
    """A network with its weights, ready to run. Safe to call from several threads."""

    name: str

    def run(self, pixels: Pixels) -> Outputs:
        """Runs N pictures, uint8 RGB (N, S, S, 3) as `preprocessing.resize_and_crop` makes them."""
        ...
