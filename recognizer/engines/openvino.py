"""The engine that serves: a compiled graph on OpenVINO, without TensorFlow.

A stream is a group of threads that computes one picture at a time. With two threads a picture is there sooner;
with one, more pictures are there in a second, for no thread waits for another. A second network, whose one stream has
all threads, computes a picture that comes alone.

A process that is forked off inherits the engine, but none of OpenVINO's threads, and would wait for ever. So it loads
the graph anew at its first picture.
"""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from queue import Empty
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recognizer.engines import Outputs
from recognizer.engines.fair_queue import FairQueue
from recognizer.engines.graph_files import Graph, Precision
from recognizer.engines.quiet import load_openvino
from recognizer.errors import ArtifactError
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import Pixels

if TYPE_CHECKING:
    import openvino as ov

INPUT = "image"
OUTPUTS = ("logits", "embedding", "feature_map")
# What is not quantised in an int8 graph is little, and faster in f32 than in bf16 (12.0 against 14.4 ms a picture).
HINTS: dict[Precision, str] = {"int8": "f32", "bf16": "bf16", "f32": "f32"}
"""What OpenVINO computes with, for each precision."""


@dataclass(frozen=True)
class _Idle:
    """The requests that wait for a picture."""

    streams: FairQueue[ov.InferRequest]
    """One for each stream, and one whose input is filled while the others compute."""
    whole: FairQueue[ov.InferRequest]
    """The one of the network that has all threads, where there is such a network."""


class OpenVINOEngine:
    """An `Engine` that runs a compiled graph on OpenVINO."""

    def __init__(
        self, graph: Graph, *, threads: int, threads_per_picture: int = 2, all_threads_when_idle: bool = False
    ) -> None:
        """Loads the graph for this processor; takes about half a second.

        Args:
            graph: as `choice.find_graph` gives it.
            threads: how many threads compute, in all.
            threads_per_picture: how many of them share a picture.
            all_threads_when_idle: whether all of them share a picture that comes while no other is computed. The
                network is then in memory twice.

        Raises:
            ArtifactError: OpenVINO cannot read the graph, or it has not the shape that its metadata says.
        """
        size = graph.source.metadata.preprocessing.input_size
        self.name = f"openvino {graph.precision}"
        self._picture_shape = (size, size, 3)
        self._graph = graph
        self._threads, self._streams = threads, max(1, threads // threads_per_picture)
        self._has_whole = all_threads_when_idle and self._streams > 1
        self._idle = self._loaded()
        self._is_inherited = False
        self._loading = threading.Lock()
        _engines.add(self)

    def _loaded(self) -> _Idle:
        graph = self._graph
        try:
            model = core(os.getpid()).read_model(graph.path)
            _check_shapes(model, graph.source.metadata)
            return _Idle(
                streams=self._requests(model, self._streams, self._streams + 1),
                whole=self._requests(model, 1, 1) if self._has_whole else FairQueue(),
            )
        except RuntimeError as err:
            raise ArtifactError(
                f"The compiled graph {graph.path} cannot be loaded. Delete it, and it will be made again. ({err})"
            ) from err

    def _requests(self, model: ov.Model, streams: int, number: int) -> FairQueue[ov.InferRequest]:
        """So many requests of the network, compiled for so many streams."""
        network = core(os.getpid()).compile_model(
            model,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": HINTS[self._graph.precision],
                "INFERENCE_NUM_THREADS": self._threads,
                "NUM_STREAMS": streams,
                "ENABLE_CPU_PINNING": False,  # Else every process would take the same cores.
            },
        )
        idle: FairQueue[ov.InferRequest] = FairQueue()
        for _ in range(number):
            request = network.create_infer_request()
            # Once in one thread: OpenVINO's bindings set NumPy up at the first access to a tensor's data, and two
            # threads that both do so may wait for each other for ever.
            request.get_tensor(INPUT).data[:] = 0
            idle.put(request)
        return idle

    @property
    def graph(self) -> Graph:
        """The compiled graph that it runs."""
        return self._graph

    def forked(self) -> None:
        """Notes, in a process that has just been forked off, that nothing of the parent's can be used here."""
        _left_alone.append(self._idle)
        self._is_inherited = True
        self._loading = threading.Lock()  # The parent's may be held by a thread that does not exist here.

    def _load_after_fork(self) -> None:
        with self._loading:
            if self._is_inherited:
                self._idle = self._loaded()
                self._is_inherited = False

    def run(self, pixels: Pixels) -> Outputs:
        """See `Engine.run`.

        Raises:
            ValueError: the pixels have another shape or type; NumPy would stretch or cut them to fit.
            ArtifactError: this process was forked off, and the graph cannot be loaded any more.
        """
        if self._is_inherited:
            self._load_after_fork()
        if pixels.dtype != np.uint8 or pixels.shape[1:] != self._picture_shape or not len(pixels):
            raise ValueError(
                f"Expected pixels uint8 (N, {', '.join(map(str, self._picture_shape))}) with N >= 1."
                f" Received: {pixels.dtype} {pixels.shape}"
            )
        idle, requests = self._take(len(pixels))
        try:
            columns = [np.empty((len(pixels), *_shape_of_one(requests[0], name)), np.float32) for name in OUTPUTS]
            for start in range(0, len(pixels), len(requests)):
                rows = slice(start, start + len(requests))
                _run_side_by_side(requests, pixels[rows], [column[rows] for column in columns])
        finally:
            for request in requests:
                idle.put(request)
        logits, embedding, feature_map = columns
        return Outputs(logits=logits, embedding=embedding, feature_map=feature_map)

    def _take(self, most: int) -> tuple[FairQueue[ov.InferRequest], list[ov.InferRequest]]:
        """Requests for so many pictures, and the queue that they go back to."""
        streams, whole = self._idle.streams, self._idle.whole
        if most == 1 and streams.qsize() > self._streams:  # No other picture is computed.
            with suppress(Empty):
                return whole, [whole.get_nowait()]
        # One, waited for, and the others that happen to be idle: nobody waits while holding one.
        taken = [streams.get()]
        with suppress(Empty):
            while len(taken) < most:
                taken.append(streams.get_nowait())
        return streams, taken


def _shape_of_one(request: ov.InferRequest, name: str) -> tuple[int, ...]:
    return tuple(request.get_tensor(name).shape[1:])


def _run_side_by_side(requests: list[ov.InferRequest], pixels: Pixels, columns: list[npt.NDArray[np.float32]]) -> None:
    """Runs one picture on each request, of at least as many, and writes the outputs into their rows of the columns."""
    busy = requests[: len(pixels)]
    with ExitStack() as waiting:  # Whatever fails, nobody gets a request that still computes.
        for request, picture in zip(busy, pixels, strict=True):
            request.get_tensor(INPUT).data[0] = picture
            request.start_async()
            waiting.callback(request.wait)
    for row, request in enumerate(busy):
        for name, column in zip(OUTPUTS, columns, strict=True):
            column[row] = request.get_tensor(name).data[0]


def has_bf16() -> bool:
    """True where the processor computes in bf16 itself; elsewhere it would be emulated, and slow."""
    openvino_core = core(os.getpid())
    import openvino as ov

    return bool(openvino_core.get_property("CPU", "INFERENCE_PRECISION_HINT") == ov.Type.bf16)


# Freed in a process that was forked off, these would wait for threads that are not there.
_left_alone: list[_Idle] = []
_engines: weakref.WeakSet[OpenVINOEngine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_engines):
        engine.forked()


os.register_at_fork(after_in_child=_after_fork)


@cache
def core(process_id: int) -> ov.Core:  # noqa: ARG001  # What it is cached by.
    """OpenVINO's core: one for the whole process, never freed; a process that is forked off has its own.

    Each brings an alternative stack for signals along and, when it is freed, puts that of the one before it back, be
    that freed already or not: the next Ctrl-C or SIGTERM would then be a segmentation fault.
    """
    load_openvino()
    import openvino as ov

    return ov.Core()


def _check_shapes(model: ov.Model, metadata: ModelMetadata) -> None:
    size = metadata.preprocessing.input_size
    image = model.input(INPUT)
    found = {INPUT: [image.element_type.get_type_name(), *image.shape]}
    found |= {name: list(model.output(name).shape) for name in OUTPUTS}
    # How many numbers the other two have is the architecture's business.
    expected = {
        INPUT: ["u8", 1, size, size, 3],
        "logits": [1, len(metadata.class_names)],
        "embedding": _of_rank(2, found["embedding"]),
        "feature_map": _of_rank(4, found["feature_map"]),
    }
    if found != expected:
        raise ArtifactError(f"Expected a graph of the shapes {expected}. Received: {found}")


def _of_rank(rank: int, shape: list[int | str]) -> list[int | str]:
    """That of one picture with as many numbers as `shape` has."""
    return [1, *(shape + [0] * rank)[1:rank]]
