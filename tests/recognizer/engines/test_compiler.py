"""The graphs that are made answer as Keras does, whatever the preprocessing, or are not kept."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recognizer import architectures
from recognizer.engines import Outputs, graph_files, parity
from recognizer.engines.compiler import Images, compile_model
from recognizer.engines.graph_files import Precision
from recognizer.engines.openvino import OpenVINOEngine, has_bf16
from recognizer.engines.parity import Pictures, drawn_pictures
from recognizer.engines.tensorflow import TensorFlowEngine
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import Pixels, fingerprint
from tests.conftest import tiny
from tests.recognizer.fakes import make_metadata
from tests.recognizer.graphs import write_model

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[3]
ARCHITECTURES = [
    tiny("tiny-rgb", mean=(120.0, 110.0, 100.0), std=(58.0, 57.0, 70.0)),
    tiny("tiny-grey", channel_order="grey", mean=(110.0,), std=(60.0,)),
    tiny("tiny-bgr", channel_order="bgr", mean=(103.9, 60.0, 20.0), std=(20.0, 60.0, 110.0), input_size=40),
]


def pictures(size: int, number: int) -> Pixels:
    """Patterns, and noise, which has more of everything."""
    noise = np.random.default_rng(5).integers(0, 256, (number // 2, size, size, 3), np.uint8)
    return np.concatenate([drawn_pictures(size).pixels[: number - len(noise)], noise])


def tiny_metadata(architecture: str) -> ModelMetadata:
    preprocessing = architectures.get(architecture).preprocessing
    return make_metadata(
        name="tiny",
        architecture=architecture,
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
        temperature=1.5,
    )


def write_tiny(path: Path, architecture: str, seed: int = 3) -> Path:
    """A model file with weights by chance, those of the batch normalisation and the biases too."""
    metadata = tiny_metadata(architecture)
    model = architectures.build(architecture, len(metadata.class_names))
    chance = np.random.default_rng(seed)
    model.set_weights(
        [chance.uniform(0.1, 0.6, weights.shape) - 0.2 * (weights.ndim > 1) for weights in model.get_weights()]
    )
    artifact.write(path, model, metadata)
    return path


@dataclass(frozen=True)
class Compiled:
    """A model compiled with pictures, and both ways to run it."""

    model: Path
    pixels: Pixels
    compared: dict[Precision, graph_files.Parity]
    steps: list[str]
    keras: Outputs

    def run(self, precision: Precision) -> Outputs:
        graphs = graph_files.find(self.model)
        assert graphs is not None
        graph = graphs.get(precision)
        assert graph is not None
        return OpenVINOEngine(graph, threads=2).run(self.pixels)


@pytest.fixture(scope="module", autouse=True)
def tiny_architectures() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for architecture in ARCHITECTURES:
            patch.setitem(architectures.ARCHITECTURES, architecture.name, architecture)
        yield


@pytest.fixture(scope="module", params=[architecture.name for architecture in ARCHITECTURES])
def made(
    request: pytest.FixtureRequest, tiny_architectures: None, tmp_path_factory: pytest.TempPathFactory
) -> Compiled:
    """A model, compiled with pictures for int8, then without for the others."""
    model = write_tiny(tmp_path_factory.mktemp("models") / "tiny-1.h5", request.param)
    pixels = pictures(architectures.get(request.param).preprocessing.input_size, 40)
    steps: list[str] = []
    compile_model(model, report=len)
    compared = compile_model(model, Images(pixels[:20], Pictures(pixels[20:])), report=steps.append)
    keras = TensorFlowEngine(artifact.read(model)).run(pixels)
    return Compiled(model, pixels, compared, steps, keras)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return write_tiny(tmp_path / "models" / "tiny-1.h5", "tiny-bgr")


def files_beside(model: Path) -> set[str]:
    return {
        str(path.relative_to(model.parent))
        for path in model.parent.rglob("*")
        if path.is_file() and path.suffix != ".signature"
    }


@pytest.mark.parametrize("output", ["logits", "embedding", "feature_map"])
def test_in_f32_every_output_is_that_of_keras(made: Compiled, output: str) -> None:
    expected, received = getattr(made.keras, output), getattr(made.run("f32"), output)

    assert (received.shape, received.dtype) == (expected.shape, np.float32)
    # Weights are stored in half precision: three digits.
    np.testing.assert_allclose(received, expected, rtol=5e-3, atol=5e-3 * np.abs(expected).max())


@pytest.mark.parametrize("precision", ["int8", "bf16"])
def test_in_less_precision_the_best_class_is_that_of_keras(made: Compiled, precision: Precision) -> None:
    if precision == "bf16" and not has_bf16():
        pytest.skip("this processor has no bf16")

    received = made.run(precision).logits

    assert (received.argmax(axis=1) == made.keras.logits.argmax(axis=1)).mean() >= 0.95


def test_swapped_colours_would_have_been_noticed(made: Compiled) -> None:
    graphs = graph_files.find(made.model)
    assert graphs is not None
    graph = graphs.get("f32")
    assert graph is not None

    swapped = OpenVINOEngine(graph, threads=2).run(made.pixels[..., ::-1]).logits

    assert np.abs(swapped - made.keras.logits).max() > 0.1


def test_each_precision_is_compared(made: Compiled) -> None:
    expected = ["int8", "bf16", "f32"] if has_bf16() else ["int8", "f32"]

    assert list(made.compared) == expected
    assert all(result.accepted and result.pictures == 20 and not result.drawn for result in made.compared.values())


def test_each_step_is_reported(made: Compiled) -> None:
    assert made.steps[:5] == [
        "reading the model file",
        "loading TensorFlow",
        "converting the network",
        "calibrating int8",
        "comparing with Keras on 20 pictures",
    ]


def test_the_fastest_graph_is_kept_beside_what_was_there(made: Compiled) -> None:
    kept = {f"tiny-1.compiled/{kind}.{end}" for kind in ("int8", "float") for end in ("xml", "bin", "json")}

    assert files_beside(made.model) == {"tiny-1.h5", *kept}


def test_the_manifest_says_what_it_was_made_with(made: Compiled) -> None:
    graphs = graph_files.find(made.model)

    assert graphs is not None
    assert set(graphs.manifests["int8"].versions) == {"tensorflow", "keras", "openvino", "nncf", "numpy"}
    assert graphs.source == artifact.read(made.model)


def test_without_pictures_there_is_a_float_graph_compared_on_patterns(model: Path) -> None:
    compared = compile_model(model, report=len)

    assert set(compared) == {"bf16", "f32"} if has_bf16() else {"f32"}
    assert all(result.drawn for result in compared.values())
    assert files_beside(model) == {"tiny-1.h5", *(f"tiny-1.compiled/float.{end}" for end in ("xml", "bin", "json"))}


def test_with_labels_accuracy_is_compared(model: Path) -> None:
    pixels = pictures(40, 40)
    labels = TensorFlowEngine(artifact.read(model)).run(pixels).logits.argmax(axis=1).tolist()

    compared = compile_model(model, Images(pixels[:20], Pictures(pixels, labels)), report=len)

    assert compared["f32"].keras_accuracy == 1.0
    assert compared["f32"].accuracy is not None


def test_a_graph_that_moves_the_answers_is_not_kept(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "_MAX_USUAL_DIFFERENCE", -1.0)

    with pytest.raises(ArtifactError, match=r"No compiled graph answers as Keras does .*f32: 100\.0%"):
        compile_model(model, report=len)

    assert files_beside(model) == {"tiny-1.h5"}


def test_where_int8_moves_the_answers_the_next_best_is_kept(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = pictures(40, 40)
    plain_compare = parity.compare

    def compare(*args: object, **options: object) -> graph_files.Parity:
        result = plain_compare(*args, **options)  # type: ignore[arg-type]  # Handed on.
        return result.model_copy(update={"accepted": result.usual_difference < 1e-4})

    monkeypatch.setattr(parity, "compare", compare)

    compared = compile_model(model, Images(pixels[:20], Pictures(pixels)), report=len)

    assert not compared["int8"].accepted
    assert {Path(name).stem for name in files_beside(model)} == {"tiny-1", "float"}


def test_a_file_that_is_no_model_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    model = write_model(tmp_path / "models" / "tiny-1.h5", tiny_metadata("tiny-rgb"))

    with pytest.raises(ArtifactError, match="no weights for the layer"):
        compile_model(model, report=len)

    assert files_beside(model) == {"tiny-1.h5"}


def test_a_disk_that_is_full_at_the_manifest_is_a_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **options: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)

    with pytest.raises(ArtifactError, match="No space left on device"):
        compile_model(model, report=len)

    assert files_beside(model) == {"tiny-1.h5"}


# Without TensorFlow, so in a process that is soon there.

FULL_DISK = """
import resource, sys
from pathlib import Path
from recognizer.engines import graph_files
from recognizer.engines import compiler
from recognizer.errors import ArtifactError
from tests.recognizer.graphs import colour_graph
model, limit = Path(sys.argv[1]), int(sys.argv[2])
graph = colour_graph()
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with graph_files.written_whole(model) as drafts:
        compiler._save(graph, drafts / "float.xml")
except ArtifactError as err:
    print(err, file=sys.stderr)
"""


@pytest.mark.parametrize("limit", [0, 1000])
def test_a_disk_that_is_full_for_openvino_is_a_sentence(tmp_path: Path, limit: int) -> None:
    model = write_model(tmp_path / "models" / "tiny-1.h5")

    process = subprocess.run(
        [sys.executable, "-c", FULL_DISK, model, str(limit)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert "The compiled graph cannot be written: the disk may be full." in process.stderr
    assert files_beside(model) == {"tiny-1.h5"}


# Graphs that came with the model file


@pytest.fixture
def received(model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A model file with the graph that another installation made of it."""
    monkeypatch.setenv("MENAGERIE_DATA", str(tmp_path / "theirs"))
    compile_model(model, report=len)
    monkeypatch.setenv("MENAGERIE_DATA", str(tmp_path / "ours"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "our-cache"))
    assert graph_files.find(model) is None
    return model


def changed_manifest(model: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = model.with_suffix(".compiled") / "float.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_a_genuine_graph_from_elsewhere_is_compared_once_and_kept(received: Path) -> None:
    before = (received.with_suffix(".compiled") / "float.bin").stat().st_mtime_ns
    steps: list[str] = []

    compile_model(received, report=steps.append)

    assert "comparing the graph that came with it with Keras" in steps
    assert graph_files.find(received) is not None
    assert (received.with_suffix(".compiled") / "float.bin").stat().st_mtime_ns == before


def rotate_classes(manifest: dict[str, Any]) -> None:
    manifest["metadata"]["class_names"].append(manifest["metadata"]["class_names"].pop(0))


@pytest.mark.parametrize("forgery", ["other class names", "another temperature", "other weights"])
def test_a_forged_graph_from_elsewhere_is_made_anew(received: Path, forgery: str, tmp_path: Path) -> None:
    """Whatever it says of itself, and however well its digests fit."""
    folder = received.with_suffix(".compiled")
    if forgery == "other weights":
        other = write_tiny(tmp_path / "other" / "tiny-1.h5", "tiny-bgr", seed=99)
        compile_model(other, report=len)
        for end in ("xml", "bin"):
            (folder / f"float.{end}").write_bytes((other.with_suffix(".compiled") / f"float.{end}").read_bytes())
        digests = {f"float.{end}": graph_files.digest(folder / f"float.{end}") for end in ("xml", "bin")}
        changed_manifest(received, lambda manifest: manifest.update(files=digests))
    else:
        forge = rotate_classes if forgery == "other class names" else lambda m: m["metadata"].update(temperature=9.0)
        changed_manifest(received, forge)
    steps: list[str] = []

    compile_model(received, report=steps.append)

    assert "the graph that came with it is not that of this model file, and is not used" in steps
    graphs = graph_files.find(received)
    assert graphs is not None
    assert graphs.source.metadata == artifact.read(received).metadata
    graph = graphs.get("f32")
    assert graph is not None
    pixels = pictures(40, 20)
    keras = TensorFlowEngine(artifact.read(received)).run(pixels).logits
    np.testing.assert_allclose(OpenVINOEngine(graph, threads=2).run(pixels).logits, keras, atol=0.05)
