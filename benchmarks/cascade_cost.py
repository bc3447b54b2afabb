"""What the parts of a cascade cost: processor time of decoding, of preparing pixels, and of each network, in turn.

All is measured in one thread, round after round, and the least of the rounds counts: others on the machine can only
make it more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks import pictures
from benchmarks.cascade_features import LARGE, SIZES, STAGES, Floats, compiled
from recognizer import Recognizer
from recognizer.preprocessing import Pixels, Preprocessing, resize_and_crop

if TYPE_CHECKING:
    import openvino as ov

_ROUNDS, _CALLS = 9, 8


@dataclass(frozen=True)
class Costs:
    """Milliseconds of processor time."""

    decoding: float
    """Of a JPEG of 500 x 375."""
    pixels: dict[int, float]
    """By input size."""
    networks: dict[tuple[int, str], float]
    """By input size and the last stage that is computed."""

    def share(self, size: int, stage: str) -> float:
        """Of a pass of the large network."""
        return self.networks[size, stage] / self.networks[LARGE, "conv5"]

    def lines(self) -> list[str]:
        """All of them."""
        pixels = ", ".join(f"{ms:.2f} ms at {size}" for size, ms in self.pixels.items())
        networks = [
            f"{size} to {stage}: {ms:.1f} ms, {self.share(size, stage):.2f}"
            for (size, stage), ms in self.networks.items()
        ]
        return [f"decoding {self.decoding:.2f} ms; pixels {pixels}", *networks]

    def large(self, passes: Floats) -> Floats:
        """(N,) of pictures that the large network alone looks at so often."""
        look = self.pixels[LARGE] + self.networks[LARGE, "conv5"]
        return np.asarray(self.decoding + passes * look, np.float32)

    def pair(self, size: int, stage: str, handed_on: npt.NDArray[np.bool_], passes: Floats) -> Floats:
        """(N,) of pictures that a smaller network sees first.

        Args:
            size: its input.
            stage: where it ends. At the large size it is the beginning of the large one, which goes on from there.
            handed_on: (N,)
            passes: (N,) of the large network, where it is asked.
        """
        first = self.pixels[size] + self.networks[size, stage]
        done = first if size == LARGE else 0.0
        return np.asarray(self.decoding + first + handed_on * (self.large(passes) - self.decoding - done), np.float32)


def measure(recognizer: Recognizer, graph: Path, folder: Path) -> Costs:
    """Measures all of them; drawn pictures are kept in the folder."""
    data = pictures.jpegs(pictures.SMALL, folder)
    decoded = [recognizer.decode(one).rgb for one in data]
    stored = recognizer.metadata.preprocessing
    calls: dict[object, Callable[[], object]] = {"decoding": lambda: [recognizer.decode(one) for one in data]}
    for size in SIZES:
        calls[size] = partial(_prepare, decoded, stored.changed(input_size=size))
        for stage in STAGES:
            calls[size, stage] = _runs(compiled(graph, size, (stage,)), size, len(data))
    least = _least_ms(calls)
    each = {what: ms / len(data) for what, ms in least.items()}
    return Costs(
        each["decoding"],
        {size: each[size] for size in SIZES},
        {(size, stage): each[size, stage] for size in SIZES for stage in STAGES},
    )


def _prepare(decoded: Sequence[Image.Image], preprocessing: Preprocessing) -> list[Pixels]:
    return [resize_and_crop(picture, preprocessing) for picture in decoded]


def _runs(network: ov.CompiledModel, size: int, times: int) -> Callable[[], object]:
    request = network.create_infer_request()
    image = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), np.uint8)
    return lambda: [request.infer([image]) for _ in range(times)]


def _least_ms(calls: dict[object, Callable[[], object]]) -> dict[object, float]:
    for call in calls.values():
        call()
    found: dict[object, list[float]] = {what: [] for what in calls}
    for _ in range(_ROUNDS):
        for what, call in calls.items():
            began = time.process_time()
            call()
            found[what].append(1000 * (time.process_time() - began))
    return {what: min(times) for what, times in found.items()}
