"""The second graph of a network: the one that answers, with what is inside it among the outputs.

    graph file -> read again, outputs added -> compiled when first asked for -> {node: (h, w, D)} for one picture

The graph that answers stays as it is: outputs in the middle keep OpenVINO from fusing operations, and cost it time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recognizer.engines import graph_nodes
from recognizer.engines.graph_files import Graph
from recognizer.engines.graph_nodes import Node
from recognizer.engines.openvino import HINTS, INPUT, core
from recognizer.errors import ArtifactError
from recognizer.preprocessing import Pixels

if TYPE_CHECKING:
    import openvino as ov

Floats = npt.NDArray[np.float32]


class InnerGraph:
    """A compiled graph that gives what is inside it. Safe to share between threads; one picture at a time."""

    def __init__(self, graph: Graph, *, threads: int) -> None:
        """Reads the graph; nothing is compiled yet.

        Args:
            graph: the one that answers.
            threads: how many threads compute.

        Raises:
            ArtifactError: OpenVINO cannot read it.
        """
        self._threads = threads
        self._precision = graph.precision
        self._computing = threading.Lock()
        self._process_id = os.getpid()
        self._request: ov.InferRequest | None = None
        self._channels_first: dict[str, bool] = {}
        """By node, in the order of the outputs."""
        try:
            self._model = core(os.getpid()).read_model(graph.path)
            self.nodes: list[Node] = graph_nodes.nodes_of(self._model)
        except RuntimeError as err:
            raise ArtifactError(f"The compiled graph {graph.path} cannot be read. ({err})") from err

    def compile(self, wanted: Sequence[tuple[str, bool]]) -> None:
        """Makes outputs of some nodes, once; takes about a second.

        Args:
            wanted: the nodes' names, and whether their channels come first.

        Raises:
            RuntimeError: in a process that was forked off after the graph was read; OpenVINO would wait for ever.
        """
        self._refuse_after_fork()
        with self._computing:
            if self._request is not None:
                return
            self._channels_first = dict(wanted)
            by_name = {node.get_friendly_name(): node for node in self._model.get_ordered_ops()}
            added = self._model.add_outputs([by_name[name].output(0) for name in self._channels_first])
            for number, output in enumerate(added):
                output.get_tensor().add_names({f"inner {number}"})
            options = {
                "INFERENCE_PRECISION_HINT": HINTS[self._precision],
                "INFERENCE_NUM_THREADS": self._threads,
                "NUM_STREAMS": 1,
                "ENABLE_CPU_PINNING": False,
            }
            request = core(os.getpid()).compile_model(self._model, "CPU", options).create_infer_request()
            request.get_tensor(INPUT).data[:] = 0  # Once in one thread, see openvino.py.
            self._request = request

    def run(self, pixels: Pixels) -> Mapping[str, Floats]:
        """What is inside the network for one picture, uint8 (1, S, S, 3): by node, (h, w, D).

        Raises:
            ValueError: it has not been compiled yet.
            RuntimeError: in a process that was forked off, as `compile` has it.
        """
        self._refuse_after_fork()
        with self._computing:
            if self._request is None:
                raise ValueError("Expected compile() before run().")
            self._request.get_tensor(INPUT).data[:] = pixels
            self._request.infer()
            return {name: self._of(number, name) for number, name in enumerate(self._channels_first)}

    def _refuse_after_fork(self) -> None:
        """Before the lock: a thread that does not exist in this process may hold it."""
        if os.getpid() != self._process_id:
            raise RuntimeError(
                "What is inside a network cannot be looked at in a process that was forked off afterwards. Open it in"
                " that process, or start it with multiprocessing's method 'spawn'."
            )

    def _of(self, number: int, name: str) -> Floats:
        assert self._request is not None  # noqa: S101 - `run` has looked.
        found = self._request.get_tensor(f"inner {number}").data[0]
        return np.array(found.transpose(1, 2, 0) if self._channels_first[name] else found, np.float32)  # (h, w, D)
