"""Measures, in a process of its own, what an answer costs from bytes on; imports nothing but `recognizer`.

So it can measure another copy of the project, whose folder it is started in, as well as this one.

    python answer_path_process.py MODEL SECONDS JPEG... -> one line of JSON
"""

from __future__ import annotations

import inspect
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path

from recognizer import Recognizer, machine
from recognizer.preprocessing import resize_and_crop


def measure(model: Path, jpegs: Sequence[bytes], seconds: float) -> dict[str, float]:
    """Milliseconds of each step in one thread, and pictures a second on all cores; one look at each picture."""
    cores = machine.cores()
    served = _as_served(model)
    preprocessing = served.metadata.preprocessing
    pictures = [served.decode(jpeg) for jpeg in jpegs]
    pixels = [resize_and_crop(picture.rgb, preprocessing)[None] for picture in pictures]
    shared = Recognizer.open(model, threads_per_picture=cores, second_look=False)
    jpeg, picture, one = cycle(jpegs), cycle(pictures), cycle(pixels)
    _per_second(lambda: served.engine.run(pixels[0]), 2 * cores, seconds / 4)  # Warm.
    return {
        "decode_ms": _milliseconds(lambda: served.decode(next(jpeg)), seconds),
        "resize_ms": _milliseconds(lambda: resize_and_crop(next(picture).rgb, preprocessing), seconds),
        "network_per_second": _per_second(lambda: served.engine.run(pixels[0]), 2 * cores, seconds),
        "answers_per_second": _per_second(lambda: served.classify(jpegs[0]), 2 * cores, seconds),
        "network_on_all_threads_ms": _milliseconds(lambda: shared.engine.run(next(one)), seconds),
        "alone_ms": _milliseconds(lambda: served.classify(next(jpeg)), seconds),
    }


def _as_served(model: Path) -> Recognizer:
    """As the server opens it; older copies of the project do not know `all_threads_when_idle`."""
    knows = "all_threads_when_idle" in inspect.signature(Recognizer.open).parameters
    options = {"all_threads_when_idle": True} if knows else {}
    if find_spec("recognizer.engines.one_blas_thread"):
        import_module("recognizer.engines.one_blas_thread").keep_to_one_thread()
    return Recognizer.open(model, threads_per_picture=1, second_look=False, **options)  # type: ignore[arg-type]


def _milliseconds(call: Callable[[], object], seconds: float) -> float:
    """The median of calls that follow each other."""
    taken, until = list[float](), time.perf_counter() + seconds
    while time.perf_counter() < until or len(taken) < 5:
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def _per_second(call: Callable[[], object], threads: int, seconds: float) -> float:
    until = time.perf_counter() + seconds

    def calls() -> int:
        number = 0
        while time.perf_counter() < until:
            call()
            number += 1
        return number

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        number = sum(pool.map(lambda _: calls(), range(threads)))
    return number / (time.perf_counter() - began)


if __name__ == "__main__":
    print(
        json.dumps(measure(Path(sys.argv[1]), [Path(name).read_bytes() for name in sys.argv[3:]], float(sys.argv[2])))
    )
