"""The compiled graph runs as the protocol says: in order, from many threads, and after something went wrong."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from recognizer.engines import graph_files
from recognizer.engines.graph_files import Graph, Precision
from recognizer.engines.openvino import OpenVINOEngine, has_bf16
from recognizer.errors import ArtifactError
from recognizer.preprocessing import Pixels
from tests.recognizer.fakes import FakeEngine
from tests.recognizer.graphs import CLASSES, SIZE, colour_graph, write_graph, write_manifest, write_model

STREAMS = 2
ROOT = Path(__file__).resolve().parents[3]


def pictures(number: int, seed: int = 7) -> Pixels:
    """Pictures of one colour each, with a little noise."""
    generator = np.random.default_rng(seed)
    colours = generator.integers(0, 250, (number, 1, 1, 3))
    return (colours + generator.integers(0, 6, (number, SIZE, SIZE, 3))).astype(np.uint8)


def graph_of(model: Path, precision: Precision = "f32") -> Graph:
    graphs = graph_files.find(model)
    assert graphs is not None
    graph = graphs.get(precision)
    assert graph is not None
    return graph


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    model = write_model(tmp_path_factory.mktemp("models") / "colours-1.h5")
    write_graph(model)
    return graph_of(model)


@pytest.fixture(scope="module")
def engine(graph: Graph) -> OpenVINOEngine:
    """An engine with two streams, so three requests."""
    return OpenVINOEngine(graph, threads=2 * STREAMS)


def expected_logits(pixels: Pixels) -> npt.NDArray[np.float32]:
    return FakeEngine().run(pixels).logits


def requests_of(engine: OpenVINOEngine) -> list[Any]:
    """Takes all idle requests out of an engine."""
    taken = []
    while True:
        try:
            taken.append(engine._idle.streams.get_nowait())
        except Empty:
            return taken


def test_outputs_have_the_shapes_of_the_protocol(engine: OpenVINOEngine) -> None:
    outputs = engine.run(pictures(5))

    assert outputs.logits.shape == (5, CLASSES)
    assert outputs.embedding.shape == (5, 3)
    assert outputs.feature_map.shape == (5, SIZE, SIZE, 3)
    assert {a.dtype for a in (outputs.logits, outputs.embedding, outputs.feature_map)} == {np.dtype("f4")}


@pytest.mark.parametrize("number", [1, 2, 3, 4, 7, 50])
def test_a_batch_of_any_size_is_answered_in_order(engine: OpenVINOEngine, number: int) -> None:
    np.testing.assert_allclose(engine.run(pictures(number)).logits, expected_logits(pictures(number)), atol=1e-3)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_any_number_of_threads_gives_the_same_answer(graph: Graph, threads: int) -> None:
    logits = OpenVINOEngine(graph, threads=threads).run(pictures(9)).logits

    np.testing.assert_allclose(logits, expected_logits(pictures(9)), atol=1e-3)


def test_what_was_answered_before_is_not_written_over(engine: OpenVINOEngine) -> None:
    first = engine.run(pictures(4, seed=1))
    kept = first.feature_map.copy()

    engine.run(pictures(4, seed=2))

    assert (first.feature_map == kept).all()


def test_pixels_need_not_lie_side_by_side_in_memory(engine: OpenVINOEngine) -> None:
    mirrored = pictures(3)[:, :, ::-1]

    np.testing.assert_allclose(engine.run(mirrored).feature_map * 25.5, mirrored, atol=1e-3)


def test_many_threads_get_the_answers_to_their_own_pictures(engine: OpenVINOEngine) -> None:
    batches = [pictures(1 + seed % 5, seed) for seed in range(200)]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(engine.run, batches))

    for batch, answer in zip(batches, answers, strict=True):
        np.testing.assert_allclose(answer.logits, expected_logits(batch), atol=1e-3)
        np.testing.assert_allclose(answer.feature_map * 25.5, batch, atol=1e-3)


FIRST_USE = """
import os, sys, threading
from pathlib import Path
import numpy as np
from recognizer.engines.graph_files import Graph
from recognizer.engines.openvino import OpenVINOEngine
from tests.recognizer.engines.test_openvino import SIZE, graph_of

engine = OpenVINOEngine(graph_of(Path(sys.argv[1])), threads=2)
sys.setswitchinterval(1e-6)
together = threading.Barrier(8)
pixels = np.zeros((1, SIZE, SIZE, 3), np.uint8)

def ask():
    together.wait()
    engine.run(pixels)

threads = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(20)
os._exit(any(thread.is_alive() for thread in threads))
"""


FORKED = """
import multiprocessing, sys, threading
from pathlib import Path
import numpy as np
from recognizer.engines.openvino import OpenVINOEngine
from tests.recognizer.engines.test_openvino import expected_logits, graph_of, pictures

engine = OpenVINOEngine(graph_of(Path(sys.argv[1])), threads=2)
if sys.argv[2] == "warm":
    engine.run(pictures(1))
engine._loading.acquire()  # As a thread of the parent may hold it at that moment.

def ask(seed):
    return engine.run(pictures(3, seed)).logits

with multiprocessing.get_context("fork").Pool(2) as pool:
    answers = pool.map_async(ask, range(4)).get(30)
for seed, logits in enumerate(answers):
    np.testing.assert_allclose(logits, expected_logits(pictures(3, seed)), atol=1e-3)
np.testing.assert_allclose(engine.run(pictures(2)).logits, expected_logits(pictures(2)), atol=1e-3)
"""


@pytest.mark.slow
@pytest.mark.parametrize("parent", ["warm", "cold"])
def test_a_process_that_is_forked_off_answers_and_so_does_its_parent(graph: Graph, parent: str) -> None:
    model = graph.path.parent.with_suffix(".h5")

    done = subprocess.run([sys.executable, "-c", FORKED, model, parent], cwd=ROOT, timeout=60, check=False)

    assert done.returncode == 0


EXCHANGED = """
import signal, sys
from pathlib import Path
from recognizer.engines.openvino import OpenVINOEngine
from tests.recognizer.engines.test_openvino import graph_of

graph = graph_of(Path(sys.argv[1]))
old = OpenVINOEngine(graph, threads=1)
new = OpenVINOEngine(graph, threads=1)
del old
del new
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(7))
signal.raise_signal(signal.SIGTERM)
"""


@pytest.mark.slow
def test_a_signal_is_received_after_engines_were_exchanged(graph: Graph) -> None:
    """With an `ov.Core` each, it was a segmentation fault."""
    model = graph.path.parent.with_suffix(".h5")

    done = subprocess.run([sys.executable, "-c", EXCHANGED, model], cwd=ROOT, timeout=60, check=False)

    assert done.returncode == 7


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(4))
def test_the_first_pictures_may_come_side_by_side(graph: Graph, attempt: int) -> None:
    """Without the first access in `OpenVINOEngine`, one of eight such processes waits for ever."""
    model = graph.path.parent.with_suffix(".h5")

    done = subprocess.run([sys.executable, "-c", FIRST_USE, model], cwd=ROOT, timeout=60, check=False)

    assert done.returncode == 0


@pytest.mark.parametrize("precision", ["int8", "bf16", "f32"])
def test_the_name_says_the_precision(tmp_path: Path, precision: Precision) -> None:
    model = write_model(tmp_path / "colours-1.h5")
    write_graph(model, kind=graph_files.kind_of(precision))

    assert OpenVINOEngine(graph_of(model, precision), threads=1).name == f"openvino {precision}"


def test_whether_there_is_bf16_is_said_of_this_processor() -> None:
    assert has_bf16() in (True, False)


def test_pictures_are_computed_side_by_side(graph: Graph) -> None:
    engine = OpenVINOEngine(graph, threads=2 * STREAMS)
    computing: set[int] = set()
    most = 0

    class Watched:
        def __init__(self, request: Any) -> None:
            self.get_tensor = request.get_tensor

        def start_async(self) -> None:
            nonlocal most
            computing.add(id(self))
            most = max(most, len(computing))

        def wait(self) -> None:
            computing.discard(id(self))

    for request in requests_of(engine):
        engine._idle.streams.put(Watched(request))

    engine.run(pictures(9))

    assert most == STREAMS + 1


class Noted:
    """A request that writes down that it computed."""

    def __init__(self, request: Any, name: str, used: list[str]) -> None:
        self.get_tensor, self.wait = request.get_tensor, request.wait
        self._start, self._name, self._used = request.start_async, name, used

    def start_async(self) -> None:
        self._used.append(self._name)
        self._start()


def watched(engine: OpenVINOEngine) -> list[str]:
    """The kinds of the requests that compute from now on, in their order."""
    used: list[str] = []
    for request in requests_of(engine):
        engine._idle.streams.put(Noted(request, "stream", used))  # type: ignore[arg-type]
    with suppress(Empty):
        engine._idle.whole.put(Noted(engine._idle.whole.get_nowait(), "whole", used))  # type: ignore[arg-type]
    return used


def test_a_picture_that_comes_alone_gets_all_threads(graph: Graph) -> None:
    engine = OpenVINOEngine(graph, threads=2, threads_per_picture=1, all_threads_when_idle=True)
    used = watched(engine)

    logits = [engine.run(pictures(1, seed)).logits for seed in range(2)]

    assert used == ["whole", "whole"]
    np.testing.assert_allclose(
        np.concatenate(logits), np.concatenate([expected_logits(pictures(1, seed)) for seed in range(2)]), atol=1e-3
    )


def test_while_another_is_computed_and_in_a_batch_a_picture_gets_a_stream(graph: Graph) -> None:
    engine = OpenVINOEngine(graph, threads=2, threads_per_picture=1, all_threads_when_idle=True)
    used = watched(engine)
    engine.run(pictures(2))
    taken_whole = engine._idle.whole.get_nowait()

    engine.run(pictures(1))  # Beside one that has all threads.

    engine._idle.whole.put(taken_whole)
    taken_stream = engine._idle.streams.get_nowait()
    engine.run(pictures(1))  # Beside one that has a stream.
    engine._idle.streams.put(taken_stream)
    assert used == ["stream"] * 4


@pytest.mark.parametrize("all_threads_when_idle", [False, True])
def test_where_a_stream_has_all_threads_the_network_is_there_once(graph: Graph, all_threads_when_idle: bool) -> None:
    engine = OpenVINOEngine(graph, threads=2, threads_per_picture=2, all_threads_when_idle=all_threads_when_idle)

    assert engine._idle.whole.empty()


# What goes wrong


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, SIZE, SIZE, 3), np.uint8),
        np.zeros((SIZE, SIZE, 3), np.uint8),
        np.zeros((2, SIZE, SIZE, 1), np.uint8),
        np.zeros((2, SIZE, SIZE, 4), np.uint8),
        np.zeros((2, 1, 1, 3), np.uint8),
        np.zeros((2, SIZE + 1, SIZE, 3), np.uint8),
        np.zeros((2, 3), np.uint8),
        np.zeros((), np.uint8),
        np.zeros((2, SIZE, SIZE, 3), np.float32),
        np.zeros((2, SIZE, SIZE, 3), np.int16),
    ],
    ids=lambda pixels: f"{pixels.dtype} {pixels.shape}",
)
def test_other_pixels_are_refused(engine: OpenVINOEngine, pixels: npt.NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=rf"Expected pixels uint8 \(N, {SIZE}, {SIZE}, 3\) .* Received: "):
        engine.run(pixels)


class Failing:
    """A request that fails where it is told to."""

    def __init__(self, request: Any, fails_in: str) -> None:
        self._request = request
        self._fails_in = fails_in
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        if name == self._fails_in:
            self._fails_in = ""
            self._request.wait()  # What fails has ended.
            raise RuntimeError("the processor is on fire")
        return getattr(self._request, name)


@pytest.mark.parametrize("fails_in", ["get_tensor", "start_async", "wait"])
@pytest.mark.parametrize("which", range(STREAMS + 1))
def test_after_a_failure_all_requests_are_idle_and_answer_rightly(graph: Graph, fails_in: str, which: int) -> None:
    engine = OpenVINOEngine(graph, threads=2 * STREAMS)
    requests = requests_of(engine)
    requests[which] = failing = Failing(requests[which], fails_in)
    for request in requests:
        engine._idle.streams.put(request)

    with pytest.raises(RuntimeError, match="on fire"):
        engine.run(pictures(9))

    assert failing.calls
    np.testing.assert_allclose(engine.run(pictures(9)).logits, expected_logits(pictures(9)), atol=1e-3)
    assert len(requests_of(engine)) == STREAMS + 1


class Slow:
    """A request that is still computing for a while after it was started."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self.is_computing = False

    def start_async(self) -> None:
        self.is_computing = True

    def wait(self) -> None:
        self.is_computing = False

    def get_tensor(self, name: str) -> Any:
        assert not self.is_computing
        return self._request.get_tensor(name)


@pytest.mark.parametrize("fails_in", ["get_tensor", "start_async", "wait"])
def test_a_failure_leaves_no_request_computing(graph: Graph, fails_in: str) -> None:
    engine = OpenVINOEngine(graph, threads=2 * STREAMS)
    first, second, third = requests_of(engine)
    slow = [Slow(first), Slow(third)]
    for request in (slow[0], Failing(second, fails_in), slow[1]):
        engine._idle.streams.put(request)

    with pytest.raises(RuntimeError, match="on fire"):
        engine.run(pictures(3))

    assert [request.is_computing for request in slow] == [False, False]


# Graphs that are none


def write_other(tmp_path: Path, **changes: Any) -> Graph:
    model = write_model(tmp_path / "other-1.h5")
    write_graph(model, colour_graph(**changes))
    return graph_of(model)


@pytest.mark.parametrize("changes", [{"size": 16}, {"classes": 5}, {"element_type": "f32"}], ids=str)
def test_a_graph_of_another_shape_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    graph = write_other(tmp_path, **changes)

    with pytest.raises(ArtifactError, match=r"Expected a graph of the shapes .* Received: "):
        OpenVINOEngine(graph, threads=1)


@pytest.mark.parametrize("name", ["image", "logits", "embedding", "feature_map"])
def test_a_graph_without_one_of_its_ends_is_refused(tmp_path: Path, name: str) -> None:
    model = write_model(tmp_path / "other-1.h5")
    folder = write_graph(model)
    text = (folder / "float.xml").read_text()
    assert f'names="{name}"' in text
    (folder / "float.xml").write_text(text.replace(f'names="{name}"', 'names="another"'))
    write_manifest(model, folder, "float")

    with pytest.raises(ArtifactError, match="cannot be loaded"):
        OpenVINOEngine(graph_of(model), threads=1)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("float.xml", b""),
        ("float.xml", b"garbage"),
        ("float.xml", b"<net/>"),
        ("float.xml", b"<?xml version='1.0'?><net name='x' version='11'><layers/><edges/></net>"),
        ("float.xml", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><net>&y;</net>"),
        ("float.bin", b""),
        ("float.bin", b"xx"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_graph_that_cannot_be_loaded_is_a_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    model = write_model(tmp_path / "other-1.h5")
    folder = write_graph(model)
    (folder / name).write_bytes(data)
    write_manifest(model, folder, "float")

    with pytest.raises(ArtifactError, match=r"cannot be loaded\. Delete it, and it will be made again"):
        OpenVINOEngine(graph_of(model), threads=1)


def test_any_file_name_will_do(tmp_path: Path) -> None:
    model = write_model(tmp_path / "[a] *?'\"%20 ä-1.h5")
    write_graph(model)

    logits = OpenVINOEngine(graph_of(model), threads=1).run(pictures(1)).logits

    np.testing.assert_allclose(logits, expected_logits(pictures(1)), atol=1e-3)


# What it leaves behind


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.slow
def test_an_engine_that_is_dropped_leaves_no_memory_and_no_threads_behind(graph: Graph) -> None:
    def open_and_drop() -> None:
        OpenVINOEngine(graph, threads=4).run(pictures(3))

    for _ in range(5):
        open_and_drop()
    memory, threads = resident_bytes(), len(list(Path("/proc/self/task").iterdir()))

    for _ in range(25):
        open_and_drop()

    assert resident_bytes() - memory < 40 * 2**20
    assert len(list(Path("/proc/self/task").iterdir())) <= threads + 4
