"""A model without a network that has heat maps all the same."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from recognizer import Recognizer
from recognizer.engines import Outputs
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Pixels
from tests.recognizer.fakes import FakeEngine, make_metadata
from tests.recognizer.rejections import make_ood_score, make_rejection


class MappingEngine(FakeEngine):
    """A network of one layer: the logits are the averages of its feature map, 2 x 2 mean colours and a constant."""

    def run(self, pixels: Pixels) -> Outputs:
        count, side = len(pixels), pixels.shape[1] // 2
        quarters = pixels.reshape(count, 2, side, 2, side, 3).mean(axis=(2, 4)) / 25.5  # (N, 2, 2, 3)
        feature_map = np.pad(quarters, ((0, 0), (0, 0), (0, 0), (0, 1)), constant_values=2.0).astype(np.float32)
        pooled = feature_map.mean(axis=(1, 2))
        return Outputs(logits=pooled, embedding=pooled, feature_map=feature_map)


def make_mapping_source(folder: Path) -> Artifact:
    """A model file whose last layer passes its four features on; blue is none of its classes."""
    path = folder / "x-1.h5"
    with h5py.File(path, "w") as file:
        layer = file.create_group("model_weights/logits")
        layer.attrs["weight_names"] = ["logits/kernel", "logits/bias"]
        layer["logits/kernel"] = np.eye(4, dtype=np.float32)
        layer["logits/bias"] = np.zeros(4, np.float32)
    return Artifact(path, make_metadata(rejection=make_rejection()), "sha256:0", make_ood_score())


def make_mapping_recognizer(folder: Path) -> Recognizer:
    return Recognizer(make_mapping_source(folder), MappingEngine())
