"""Engines run the network. All of them look the same from outside: the protocol below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recognizer.preprocessing import Pixels

Report = Callable[[str], None]
"""Hears what is being done while an engine is made ready, a few words a step."""


@dataclass(frozen=True)
class Activations:
    """What the network makes of N pictures."""

    logits: npt.NDArray[np.float32]
    """(N, C), before softmax and temperature."""
    embedding: npt.NDArray[np.float32]
    """(N, E), what the logits are a linear map of: the averages of the feature map, or a dense layer's output."""
    feature_map: npt.NDArray[np.float32]
    """(N, h, w, D), the last features that have a place in the picture."""


class Engine(Protocol):
    """A network with its weights, ready to run. Safe to call from several threads."""

    name: str

    def run(self, pixels: Pixels) -> Activations:
        """Runs N pictures, uint8 RGB (N, S, S, 3) as `preprocessing.resize_and_crop` makes them."""
        ...
