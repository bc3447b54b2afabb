"""The photographs of a model's page: small, and again with the heat map of what the model looked at.

file -> decode -> thumbnail                     -> data URI
               -> network -> class activation   -> data URI: the thumbnail in grey, the heat in colour
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from recognizer import Recognizer
from recognizer.engines import Outputs
from recognizer.engines.second_look import Looks
from recognizer.errors import ArtifactError, ImageError
from recognizer.explain import class_activation
from recognizer.explain.class_activation import Floats, LastLayer
from recognizer.explain.heat_maps import HOT, STRONGEST, WARM
from recognizer.images.decode import Picture, read_file
from training.evaluation.evaluate import Answered
from training.progress import track
from training.report.html_page import data_uri

_SIZE_PX = (264, 198)
_QUALITY = 72


@dataclass(frozen=True)
class Photograph:
    """A photograph as the page shows it."""

    thumbnail: str
    """The small picture, as a data URI."""
    heat_map: str | None
    """Its heat map, as a data URI; None where the network has no class activation maps."""


def photographs(recognizer: Recognizer, pictures: Sequence[Answered]) -> Iterator[Photograph | None]:
    """Each picture with the heat map of the class that was answered; None where it can no longer be read."""
    layers: list[LastLayer | None] = []  # Read once, with the first picture that can be.
    for answered in track(pictures, "Drawing heat maps", total=len(pictures)):
        picture = _decoded(recognizer, answered)
        if picture is None:
            yield None
            continue
        looks = recognizer.look([picture])
        if not layers:
            layers.append(_last_layer(recognizer, looks.outputs))
        label = recognizer.metadata.class_names.index(answered.predicted)
        yield _photograph(recognizer, picture, looks, layers[0], label)


def _decoded(recognizer: Recognizer, answered: Answered) -> Picture | None:
    try:
        return recognizer.decode(read_file(answered.path))
    except (ImageError, OSError):
        return None


def _last_layer(recognizer: Recognizer, outputs: Outputs) -> LastLayer | None:
    try:
        return class_activation.last_layer(recognizer.artifact, outputs)
    except ArtifactError:  # Another kind of network; or the file is gone. The rest of the report is as good without.
        return None


def _photograph(
    recognizer: Recognizer, picture: Picture, looks: Looks, layer: LastLayer | None, label: int
) -> Photograph:
    thumbnail = picture.rgb.copy()
    thumbnail.thumbnail(_SIZE_PX)
    if layer is None:
        return Photograph(data_uri(thumbnail, quality=_QUALITY), None)
    heat = class_activation.picture_heat(
        layer, looks, 0, label, picture, thumbnail.size, recognizer.metadata.preprocessing
    )
    return Photograph(data_uri(thumbnail, quality=_QUALITY), data_uri(_heated(thumbnail, heat), quality=_QUALITY))


def _heated(thumbnail: Image.Image, heat: Floats) -> Image.Image:
    """The picture in grey, so that all colour is heat."""
    grey = np.asarray(thumbnail.convert("L"), np.float32)[..., None]  # (H, W, 1)
    warmth = heat[..., None]
    colour = WARM * (1 - warmth) + HOT * warmth  # (H, W, 3)
    mixed = grey * (1 - STRONGEST * warmth) + colour * STRONGEST * warmth
    return Image.fromarray(mixed.astype(np.uint8))
