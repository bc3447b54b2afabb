"""The occlusion map of a picture: where covering it costs a class the most.

picture -> the square at every place -> a classification for each -> drops -> heat, laid over the picture -> PNG
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recognizer import calibration
from recognizer.engines import Outputs
from recognizer.explain import class_activation, heat_maps, occlusion
from recognizer.explain.heat_place import place_of
from recognizer.explain.occlusion import Square
from recognizer.images.decode import Picture
from recognizer.model_file.metadata import ModelMetadata
from recognizer.predictions import HeatMap

_BATCH = 9
_LONGEST_SIDE = 512


class Runs(Protocol):
    """As much of a recognizer as occlusion needs."""

    @property
    def metadata(self) -> ModelMetadata:
        """Of the model."""
        ...

    def run(self, pictures: Sequence[Picture]) -> Outputs:
        """The network's outputs for decoded pictures."""
        ...


def occlusion_map(
    model: Runs, picture: Picture, label: int, size: float, *, between: Callable[[], object] = lambda: None
) -> HeatMap:
    """Where covering a picture costs a class the most, drawn; about 80 classifications.

    Args:
        model: looks once at each, whatever it says.
        picture: the picture.
        label: index of the class.
        size: of the square, against the picture's shorter side.
        between: called after every few, to let others go first.
    """
    small = occlusion.shrunk(picture, _LONGEST_SIDE)
    scores = np.concatenate(list(_scores(model, small, label, size, between)))
    found = occlusion.drops(float(scores[0]), scores[1:], small.rgb.size)
    fitted = heat_maps.fitted(picture.width, picture.height)
    heat = class_activation.heat(class_activation.over_picture(found, fitted, (0, 0, *fitted)))
    return HeatMap(model.metadata.class_names[label], heat_maps.drawn(heat), place_of(heat))


def _scores(
    model: Runs, picture: Picture, label: int, size: float, between: Callable[[], object]
) -> Iterator[npt.NDArray[np.float32]]:
    """The class's probability for the picture as it is, and then for each place of the square, some at a time."""
    grey = occlusion.grey(model.metadata.preprocessing)
    places = occlusion.squares(picture.rgb.size, size)
    everything: list[Picture | Square] = [picture, *places]
    for start in range(0, len(everything), _BATCH):
        some = everything[start : start + _BATCH]
        pictures = [one if isinstance(one, Picture) else occlusion.covered(picture, one, grey) for one in some]
        logits = model.run(pictures).logits
        yield calibration.probabilities(logits, model.metadata.temperature)[:, label]
        between()
