"""Heat maps: class activation maps drawn as PNG, to be laid over the picture.

looks of the network -> class_activation: heat, 0 to 1 -> its colour and how much it covers -> PNG
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence

import numpy as np
from PIL import Image

from recognizer.engines import Outputs
from recognizer.engines.second_look import Looks
from recognizer.errors import ArtifactError
from recognizer.explain import class_activation
from recognizer.explain.class_activation import Floats, LastLayer
from recognizer.images.decode import Picture
from recognizer.model_file.artifact import Artifact
from recognizer.predictions import HeatMap

LONGEST_SIDE = 224
"""Of a heat map, in pixels. The heat itself is as coarse as the feature map: 7 x 7, say."""

WARM, HOT = np.array([255, 205, 90]), np.array([205, 35, 20])
"""RGB of the least and of the most heat."""
STRONGEST = 0.75
"""How much of the picture the most heat covers."""

# With 64 steps nobody sees them, and the PNG has 5 kB; with 256 it has 12.
_STEPS = 64


class HeatMaps:
    """The heat maps of one model. Safe to share between threads; reads the model file when it is first asked."""

    def __init__(self, source: Artifact) -> None:
        self._source = source
        self._reading = threading.Lock()
        self._layer: LastLayer | None = None
        self._was_read = False

    def of(self, pictures: Sequence[Picture], looks: Looks) -> list[HeatMap] | list[None]:
        """The heat map of each picture for its best class; None for all where the network has no such maps.

        Args:
            pictures: N of them.
            looks: what the network made of them, in the same order.
        """
        layer = self._last_layer(looks.outputs)
        if layer is None or not layer.explains(looks.outputs):
            return [None] * len(pictures)
        labels = looks.logits.argmax(axis=1).tolist()
        return [
            self._draw(picture, layer, looks, index, label)
            for index, (picture, label) in enumerate(zip(pictures, labels, strict=True))
        ]

    def _last_layer(self, outputs: Outputs) -> LastLayer | None:
        with self._reading:
            if not self._was_read:
                self._layer = self._read(outputs)
                self._was_read = True
        return self._layer

    def _read(self, outputs: Outputs) -> LastLayer | None:
        try:
            return class_activation.read_last_layer(self._source, outputs)
        except ArtifactError:  # Another kind of network, or the file is gone. The answer is as good without.
            return None

    def _draw(self, picture: Picture, layer: LastLayer, looks: Looks, index: int, label: int) -> HeatMap:
        metadata = self._source.metadata
        heat = class_activation.picture_heat(
            layer, looks, index, label, picture, _fitted(picture.width, picture.height), metadata.preprocessing
        )
        return HeatMap(metadata.class_names[label], _png(heat))


def _fitted(width: int, height: int) -> tuple[int, int]:
    """Width and height with the same proportions, the longer one `LONGEST_SIDE`."""
    scale = LONGEST_SIDE / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _png(heat: Floats) -> bytes:
    """Heat (h, w), 0 to 1, as a PNG whose palette holds a colour and a transparency for each step."""
    image = Image.fromarray(np.round(heat * (_STEPS - 1)).astype(np.uint8), "P")
    ramp = np.linspace(0, 1, _STEPS)
    colours = WARM * (1 - ramp[:, None]) + HOT * ramp[:, None]  # (64, 3)
    image.putpalette(np.round(colours).astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=np.round(255 * STRONGEST * ramp).astype(np.uint8).tobytes())
    return buffer.getvalue()
