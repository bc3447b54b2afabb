"""Heat maps: class activation maps, or Grad-CAM, drawn as PNG to be laid over the picture.

looks of the network -> class_activation | grad_cam: heat, 0 to 1 -> its colour and how much it covers -> PNG
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer.engines import Outputs
from recognizer.engines.second_look import Looks
from recognizer.errors import ArtifactError
from recognizer.explain import class_activation, grad_cam
from recognizer.explain.class_activation import Explainer, Floats
from recognizer.explain.heat_place import place_of
from recognizer.images.decode import Picture
from recognizer.model_file.artifact import Artifact
from recognizer.predictions import HeatMap

LONGEST_SIDE = 224
"""Of a heat map, in pixels. The heat itself is as coarse as the feature map: 7 x 7, say."""

Colour = npt.NDArray[np.int_]
WARM, HOT = np.array([255, 205, 90]), np.array([205, 35, 20])
"""RGB of the least and of the most heat."""
STRONGEST = 0.75
"""How much of the picture the most heat covers."""

# With 64 steps nobody sees them, and the PNG has 5 kB; with 256 it has 12.
_STEPS = 64
# An int8 graph's embedding is 0.4 % off the average of its feature map.
_ROUNDING = 0.03


class HeatMaps:
    """The heat maps of one model. Safe to share between threads; reads the model file when it is first asked."""

    def __init__(self, source: Artifact) -> None:
        self._source = source
        self._reading = threading.Lock()
        self._explainer: Explainer | None = None
        self._was_read = False

    def of(self, pictures: Sequence[Picture], looks: Looks) -> list[HeatMap] | list[None]:
        """The heat map of each picture for its best class; None for all where the network has no such maps.

        Args:
            pictures: N of them.
            looks: what the network made of them, in the same order.
        """
        explainer = self.explainer(looks.outputs)
        if explainer is None:
            return [None] * len(pictures)
        labels = looks.logits.argmax(axis=1).tolist()
        return [
            self._draw(picture, explainer, looks, index, label)
            for index, (picture, label) in enumerate(zip(pictures, labels, strict=True))
        ]

    def of_class(self, picture: Picture, looks: Looks, label: int, longest_side: int) -> HeatMap | None:
        """The heat map of one picture for a class, by its index; None where the network has no such maps."""
        explainer = self.explainer(looks.outputs)
        return None if explainer is None else self._draw(picture, explainer, looks, 0, label, longest_side)

    def explainer(self, outputs: Outputs) -> Explainer | None:
        """What says where the network looked; None where nothing explains these outputs."""
        with self._reading:
            if not self._was_read:
                self._explainer = self._read(outputs)
                self._was_read = True
        found = self._explainer
        return found if found is not None and found.explains(outputs) else None

    def _read(self, outputs: Outputs) -> Explainer | None:
        try:
            if _is_average(outputs):
                return class_activation.read_last_layer(self._source, outputs)
            return grad_cam.read_head(self._source, outputs)
        except ArtifactError:  # Another kind of network, or the file is gone. The answer is as good without.
            return None

    def _draw(
        self,
        picture: Picture,
        explainer: Explainer,
        looks: Looks,
        index: int,
        label: int,
        longest_side: int = LONGEST_SIDE,
    ) -> HeatMap:
        metadata, size = self._source.metadata, fitted(picture.width, picture.height, longest_side)
        heat = class_activation.picture_heat(explainer, looks, index, label, picture, size, metadata.preprocessing)
        return HeatMap(metadata.class_names[label], drawn(heat), place_of(heat))


def _is_average(outputs: Outputs) -> bool:
    """Whether the embedding is the average of the feature map, so that the last layer alone stands behind it."""
    pooled = outputs.feature_map.mean(axis=(1, 2))
    if pooled.shape != outputs.embedding.shape:
        return False
    return bool(np.linalg.norm(pooled - outputs.embedding) <= _ROUNDING * np.linalg.norm(pooled))


def fitted(width: int, height: int, longest_side: int = LONGEST_SIDE) -> tuple[int, int]:
    """Width and height with the same proportions, the longer one `longest_side`."""
    scale = longest_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def drawn(heat: Floats, *, least: Colour = WARM, most: Colour = HOT, strongest: float = STRONGEST) -> bytes:
    """A PNG whose palette holds a colour and a transparency for each step.

    Args:
        heat: (h, w), 0 to 1.
        least: RGB of the least heat.
        most: of the most.
        strongest: how much of what is below the most heat covers, 0 to 1.
    """
    image = Image.fromarray(np.round(heat * (_STEPS - 1)).astype(np.uint8), "P")
    ramp = np.linspace(0, 1, _STEPS)
    colours = least * (1 - ramp[:, None]) + most * ramp[:, None]  # (64, 3)
    image.putpalette(np.round(colours).astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=np.round(255 * strongest * ramp).astype(np.uint8).tobytes())
    return buffer.getvalue()
