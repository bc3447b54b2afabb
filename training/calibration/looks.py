"""What the network makes of known and of unknown pictures: the views that a head learns from, and the two looks.

known: served, square, varied, resolution      unknown, shrunk to the size of known ones: served, resolution
both: the crop around the place where a first head sees most, as in a second look
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer import Recognizer
from recognizer.engines.second_look import peak_box
from recognizer.model_file.numbers import Floats
from recognizer.model_file.rejection_head import HeadScore
from recognizer.preprocessing import Pixels, resize_and_crop, resize_box
from training.calibration.embeddings import Show, embed_views
from training.calibration.rejection_head import Pictures
from training.config import Recipe
from training.data.views import View, show, shrunk

CROP_SIDE = 0.55
"""Of the crop, see `SecondLook.side`."""

_KNOWN_VIEWS = (View.SERVED, View.SQUARE, View.VARIED, View.RESOLUTION)
_UNKNOWN_VIEWS = (View.SERVED, View.RESOLUTION)


@dataclass(frozen=True)
class Looked:
    """What the network makes of the pictures that can be read."""

    files: tuple[Path, ...]
    readable: npt.NDArray[np.bool_]
    """Which of those that were given they are."""
    first: Floats
    """(N, D) embeddings as served."""
    varied: Floats
    """(N, D) embeddings of the pictures as if somebody else had taken them; of unknown ones as served."""
    learned: Pictures
    """What a head learns from."""
    again: Floats
    """(N, D) of the second look; before there was one, those of the first."""


@dataclass
class Looks:
    """Looks at pictures through the graph that serves them."""

    recognizer: Recognizer
    recipe: Recipe
    known_sides: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Short sides of the known pictures, in pixels, as they are decoded."""

    def known(self, files: Sequence[Path]) -> Looked:
        """Looks at pictures of the classes, in all views."""
        sides: list[int] = []

        def all_views(picture: Image.Image, rng: np.random.Generator) -> list[Pixels]:
            sides.append(min(picture.size))
            return [self._show(picture, view, rng) for view in _KNOWN_VIEWS]

        (served, square, varied, resolution), readable = self._embed(files, all_views, "Looking at the pictures", 4)
        self.known_sides = np.sort(sides)  # Their order is that of the threads.
        return Looked(
            _kept(files, readable), readable, served, varied, Pictures(served, (square, varied, resolution)), served
        )

    def unknown(self, files: Sequence[Path]) -> Looked:
        """Looks at pictures of other things: as served, and shrunk, where known ones are smaller.

        A head would learn which of the two sides has the larger files.
        """

        def all_views(picture: Image.Image, rng: np.random.Generator) -> list[Pixels]:
            small = self._shrunk(picture, rng)
            return [self._show(picture, View.SERVED, rng), *(self._show(small, view, rng) for view in _UNKNOWN_VIEWS)]

        (served, small, resolution), readable = self._embed(files, all_views, "Looking at unknown pictures", 3)
        return Looked(_kept(files, readable), readable, served, served, Pictures(small, (resolution,)), again=served)

    def known_again(self, looked: Looked, score: HeadScore) -> Looked:
        """Adds the crop in which the score sees most."""
        found, readable = self._embed(
            looked.files, lambda picture, _: [self._crop(picture, score)], "Looking at the pictures again", 1
        )
        crop = _over(looked.again, readable, found[0])
        return replace(looked, again=crop, learned=looked.learned.with_view(crop))

    def unknown_again(self, looked: Looked, score: HeadScore) -> Looked:
        """Adds the crop in which the score sees most, of the whole and of the shrunk picture."""

        def crops(picture: Image.Image, rng: np.random.Generator) -> list[Pixels]:
            return [self._crop(picture, score), self._crop(self._shrunk(picture, rng), score)]

        found, readable = self._embed(looked.files, crops, "Looking at unknown pictures again", 2)
        crop, small = (_over(looked.again, readable, view) for view in found)
        return replace(looked, again=crop, learned=looked.learned.with_view(small))

    def _embed(
        self, files: Sequence[Path], shown: Show, description: str, views: int
    ) -> tuple[list[Floats], npt.NDArray[np.bool_]]:
        found, readable = embed_views(self.recognizer, files, shown, description, views=views, seed=self.recipe.seed)
        return [view.embedding for view in found], readable

    def _show(self, picture: Image.Image, view: View, rng: np.random.Generator) -> Pixels:
        return show(picture, view, self.recognizer.metadata.preprocessing, self.recipe.augmentation, rng)

    def _shrunk(self, picture: Image.Image, rng: np.random.Generator) -> Image.Image:
        return shrunk(picture, int(rng.choice(self.known_sides)))

    def _crop(self, picture: Image.Image, score: HeadScore) -> Pixels:
        preprocessing = self.recognizer.metadata.preprocessing
        outputs = self.recognizer.engine.run(resize_and_crop(picture, preprocessing)[None])
        box = peak_box(score.evidence(outputs.feature_map[0]), picture.size, CROP_SIDE, preprocessing)
        return resize_box(picture, box, preprocessing)


def _over(before: Floats, readable: npt.NDArray[np.bool_], found: Floats) -> Floats:
    """(N, D): the new embeddings of the pictures that can still be read, those from before of the others."""
    again = before.copy()
    again[readable] = found
    return again


def _kept(files: Sequence[Path], readable: npt.NDArray[np.bool_]) -> tuple[Path, ...]:
    return tuple(path for path, kept in zip(files, readable, strict=True) if kept)
