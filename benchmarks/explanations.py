"""`python -m benchmarks.explanations`: are the explanations true, and what do they cost?

photographs -> maps beside random maps, by deletion and insertion (RISE)
a class's map, beside a classification      the second graph: first and later pictures
a server: movements of the square beside classifications, and other users beside them
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import explanation_server, explanation_truth, pictures
from recognizer import Recognizer
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.explain.feature_maps import Layers
from recognizer.images.decode import Picture
from recognizer.preprocessing import resize_and_crop
from recognizer.registry.versions import active

_SAMPLES = Path(__file__).resolve().parent.parent / "webui" / "static" / "webui" / "samples"
_CALLS = 40
_MAP_SIDE = 112


def main(arguments: list[str] | None = None) -> int:
    """Measures everything, or some parts; prints a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explanations", description=__doc__)
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="photographs to judge maps on (default: the samples)"
    )
    parser.add_argument("--count", type=int, default=100, metavar="N", help="of them, at most (default: %(default)s)")
    parts = ("truth", "map", "layers", "server")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, metavar="PART", help=", ".join(parts))
    options = parser.parse_args(arguments)
    if {"truth", "map", "layers"} & set(options.only):
        recognizer = Recognizer.open(active(), threads_per_picture=2)
        recognizer.warm_up()
        if "truth" in options.only:
            explanation_truth.report(recognizer, list(_photographs(recognizer, options.images, options.count)))
        if "map" in options.only:
            _time_map(recognizer)
        if "layers" in options.only:
            _time_layers(recognizer)
    if "server" in options.only:
        explanation_server.report(Path("var/bench"))
    return 0


def _photographs(recognizer: Recognizer, folder: Path | None, count: int) -> Iterator[Picture]:
    """Evenly picked out of a folder of class folders; of the samples, all."""
    paths = sorted((folder or _SAMPLES).rglob("*.jpg"))
    for at in np.linspace(0, len(paths) - 1, min(count, len(paths))).round().astype(int):
        yield recognizer.decode(paths[at].read_bytes())


def _time_map(recognizer: Recognizer) -> None:
    data = pictures.encoded(Image.open(_SAMPLES / "hen.jpg"))
    picture = recognizer.decode(data)
    looks = recognizer.look([picture])
    classification_ms = median_ms(lambda: recognizer.classify(data))
    map_ms = median_ms(lambda: recognizer.heat_map(picture, looks, 1, longest_side=_MAP_SIDE))
    print(
        f"a class's map: {map_ms:.2f} ms, {map_ms / classification_ms:.1%} of a classification"
        f" ({classification_ms:.1f} ms, bytes to answer)"
    )


def _time_layers(recognizer: Recognizer) -> None:
    if not isinstance(recognizer.engine, OpenVINOEngine):
        raise SystemExit("The layers are those of a compiled graph, which this model does not have here.")
    pixels = resize_and_crop(Image.open(_SAMPLES / "horse.jpg").convert("RGB"), recognizer.metadata.preprocessing)[None]
    began = time.perf_counter()
    layers = Layers(recognizer.engine.graph, threads=2)
    found = layers.of(pixels)
    first_s = time.perf_counter() - began
    later_ms = median_ms(lambda: layers.of(pixels))
    drawn_ms = median_ms(lambda: [one.png() for one in found[0].maps])
    print(
        f"the layers of a picture: {first_s:.2f} s the first time, with compiling the second graph, then"
        f" {later_ms:.0f} ms, and {drawn_ms:.0f} ms to draw the largest maps"
    )


def median_ms(call: Callable[[], object]) -> float:
    """How long a call takes, in milliseconds: the median of many."""
    return statistics.median(list(_timed_ms(call, range(_CALLS))))


def _timed_ms(call: Callable[[], object], times: Sequence[int]) -> Iterator[float]:
    for _ in times:
        began = time.perf_counter()
        call()
        yield 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
