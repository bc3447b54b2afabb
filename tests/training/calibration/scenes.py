"""Drawn scenes: a coloured figure in front of something grey, and a network by hand that sees colours and detail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from recognizer import Recognizer
from recognizer.engines import Outputs
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.rejection_head import BackboneHead
from recognizer.preprocessing import Pixels, fingerprint
from tests.recognizer.fakes import FakeEngine, make_metadata

SIDE, CELLS = 56, 7
COLOURS = {"red": (210, 40, 40), "green": (40, 200, 40)}
"""Of the figures of the two classes."""
OTHER_COLOURS = {"blue": (40, 40, 210), "violet": (140, 40, 200), "cyan": (40, 190, 200), "yellow": (210, 200, 40)}


def scene(
    colour: tuple[int, int, int],
    *,
    share: float = 0.8,
    at: tuple[float, float] = (0.5, 0.5),
    size: tuple[int, int] = (80, 64),
    seed: int = 0,
) -> Image.Image:
    """A square figure with sides of a share of the picture's, its middle at a place from 0 to 1, both with a grain."""
    width, height = size
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    inside = (abs((columns + 0.5) / width - at[0]) <= share / 2) & (abs((rows + 0.5) / height - at[1]) <= share / 2)
    painted = np.where(inside[..., None], colour, (125, 125, 125))
    tint = rng.normal(0, 12, 3) + rng.normal(0, 25, (height, width, 1))
    return Image.fromarray(np.clip(painted + tint, 0, 255).astype(np.uint8), "RGB")


class ScenesEngine(FakeEngine):
    """A network whose feature map is 7 x 7 mean colours, a constant and how much detail there is."""

    def run(self, pixels: Pixels) -> Outputs:
        cell = pixels.shape[1] // CELLS
        cells = pixels.reshape(len(pixels), CELLS, cell, CELLS, cell, 3).astype(np.float32) / 25.5
        colours = cells.mean(axis=(2, 4)) - 5  # (N, 7, 7, 3), -5 to 5
        detail = 6 * np.abs(np.diff(cells.mean(axis=5), axis=4)).mean(axis=(2, 4))  # (N, 7, 7)
        constant = np.full_like(detail, 4)
        feature_map = np.concatenate([colours, constant[..., None], detail[..., None]], axis=3)
        embedding = feature_map.mean(axis=(1, 2))  # (N, 5)
        return Outputs(logits=3 * embedding[:, :2], embedding=embedding, feature_map=feature_map)


def backbone_head() -> BackboneHead:
    """It knows twelve colours, each from all the others; nothing of detail."""
    rng = np.random.default_rng(3)
    known = np.array([*COLOURS.values(), *OTHER_COLOURS.values()], float) / 25.5 - 5
    others = rng.choice([-3.5, 0, 3.5], (14, 3))
    colours = np.concatenate([known, others])
    kernel = np.concatenate([colours, np.zeros((len(colours), 2))], axis=1)
    return BackboneHead(kernel.astype(np.float32), (-np.square(colours).sum(axis=1) / 2).astype(np.float32), None)


def make_scenes_metadata(**changes: Any) -> ModelMetadata:
    preprocessing = make_metadata().preprocessing.changed(input_size=SIDE)
    fields = {"preprocessing": preprocessing, "preprocessing_fingerprint": fingerprint(preprocessing)}
    return make_metadata(class_names=("red", "green"), **{**fields, **changes})


def make_scenes_recognizer(rejection: Any = None, ood_score: Any = None, **options: Any) -> Recognizer:
    """The model before it is calibrated, or after."""
    source = Artifact(Path("scenes-1.h5"), make_scenes_metadata(rejection=rejection), "sha256:0", ood_score)
    return Recognizer(source, ScenesEngine(), **options)
