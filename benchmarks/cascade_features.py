"""What the served network and smaller ones see in pictures: features, computed once and kept in a folder.

picture -> views, at several sizes -> the served graph -> mean of the feature map after each stage

The smaller networks are the served int8 graph for fewer pixels, so nothing is trained or calibrated anew. Pictures
are taken in random order: whatever is done when time is up is a sample of all.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer import Recognizer, files
from recognizer.engines.openvino import HINTS, INPUT, OpenVINOEngine, core
from recognizer.engines.second_look import peak_box
from recognizer.images.decode import read_file
from recognizer.model_file.rejection_head import HeadScore
from recognizer.preprocessing import Pixels, resize_and_crop, resize_box
from training.calibration.looks import CROP_SIDE
from training.data.views import shrunk
from training.progress import track

if TYPE_CHECKING:
    import openvino as ov

LARGE = 224
SIZES = (LARGE, 128, 96)
STAGES = {"conv3": (512, 8), "conv4": (1024, 16), "conv5": (2048, 32)}
"""Channels at the end of each, and how many pixels of the input have one place there."""
BLOCK = 64
SEED = 1

Floats = npt.NDArray[np.float32]
Kept = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Photograph:
    """A picture of a class or, where the label is -1, of another thing."""

    path: Path
    label: int
    group: str
    """Source of a picture of a class; folder and kind of another thing."""


def compiled(
    graph: Path, size: int, stages: Sequence[str], *, with_map: bool = False, threads: int = 1
) -> ov.CompiledModel:
    """The served graph for an input of a size, with the mean of the feature map after each stage as its outputs.

    What lies behind the last of them is not computed. `with_map` gives the last feature map, too, (1, D, h, w).
    """
    import openvino as ov
    from openvino import opset13 as operations

    model = core(os.getpid()).read_model(graph)
    model.reshape({model.input(INPUT): [1, size, size, 3]})
    activations = [node for node in model.get_ordered_ops() if node.get_type_name() == "Relu"]
    axes = operations.constant(np.array([2, 3]))
    means = []
    for stage in stages:
        channels, stride = STAGES[stage]
        shape = [1, channels, -(-size // stride), -(-size // stride)]
        last = [node for node in activations if list(node.output(0).shape) == shape][-1]
        means.append(operations.result(operations.reduce_mean(last.output(0), axes, keep_dims=False)))
    if with_map:
        means.append(operations.result(last.output(0)))
    settings = {
        "INFERENCE_PRECISION_HINT": HINTS["int8"],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "ENABLE_CPU_PINNING": False,
    }
    return core(os.getpid()).compile_model(ov.Model(means, model.get_parameters(), "cut"), "CPU", settings)


class Features:
    """Computes what is kept of a picture: `view/size/stage` -> (D,)."""

    def __init__(self, recognizer: Recognizer, known_sides: npt.NDArray[np.int64]) -> None:
        """Compiles the graphs; unknown pictures are shown at the short sides of known ones."""
        engine, score = recognizer.engine, recognizer.artifact.ood_score
        if not isinstance(engine, OpenVINOEngine) or not isinstance(score, HeadScore):
            raise SystemExit(f"Expected a model with a compiled graph and a rejection head: {recognizer.artifact.path}")
        self._recognizer, self._score, self._sides = recognizer, score, known_sides
        self._preprocessing = recognizer.metadata.preprocessing
        graph = engine.graph.path
        self._networks = {size: compiled(graph, size, tuple(STAGES), with_map=size == LARGE) for size in SIZES}

    def of(self, photograph: Photograph) -> Kept:
        """As served, at all sizes, and the second look's crop, `again`, of the large network."""
        data = read_file(photograph.path)
        picture = self._recognizer.decode(data).rgb
        rng = np.random.default_rng((SEED, zlib.crc32(data)))
        if photograph.label < 0:
            picture = shrunk(picture, int(rng.choice(self._sides)))
        found: Kept = {}
        for size in SIZES:
            found |= self._run("served", size, resize_and_crop(picture, self._preprocessing.changed(input_size=size)))
        return found | self._run("again", LARGE, self._crop(picture, found.pop("served/map")))

    def _run(self, view: str, size: int, pixels: Pixels) -> Kept:
        outputs = self._networks[size](pixels[None])
        found = {f"{view}/{size}/{stage}": outputs[at][0].astype(np.float16) for at, stage in enumerate(STAGES)}
        if view == "served" and size == LARGE:
            found["served/map"] = outputs[len(STAGES)][0]
        return found

    def _crop(self, picture: Image.Image, feature_map: npt.NDArray[Any]) -> Pixels:
        """Where the second look goes."""
        evidence = self._score.evidence(feature_map.transpose(1, 2, 0))
        box = peak_box(evidence, picture.size, CROP_SIDE, self._preprocessing)
        return resize_box(picture, box, self._preprocessing)


def compute(
    folder: Path, recognizer: Recognizer, photographs: Sequence[Photograph], *, workers: int = 1, worker: int = 0
) -> None:
    """Computes the blocks that are not in the folder yet; several processes can share the work."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(SEED).permutation(len(photographs))
    starts = list(range(0, len(order), BLOCK))[worker::workers]
    missing = [start for start in starts if not (folder / f"{start}.npz").exists()]
    if not missing:
        return
    sides = np.sort([min(Image.open(one.path).size) for one in photographs if one.label >= 0])
    features = Features(recognizer, sides)
    for start in track(missing, "Computing features", total=len(missing)):
        rows = order[start : start + BLOCK]
        found = [features.of(photographs[row]) for row in rows]
        arrays = {name: np.stack([kept[name] for kept in found]) for name in found[0]}
        with files.written_whole(folder / f"{start}.npz") as draft, draft.open("wb") as file:
            np.savez(file, allow_pickle=False, rows=rows, **arrays)


def rows(folder: Path) -> npt.NDArray[np.int64]:
    """(N,) the numbers of the pictures that are done."""
    return np.concatenate([np.load(path)["rows"] for path in _blocks(folder)])


def load(folder: Path, name: str) -> Floats:
    """(N, D) features of the pictures that are done, by `view/size/stage`."""
    return np.concatenate([np.load(path)[name] for path in _blocks(folder)]).astype(np.float32)


def _blocks(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npz"), key=lambda path: int(path.stem))
