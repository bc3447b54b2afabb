"""The fastest graph that suits this processor is served; what is missing is compiled, what cannot be is said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from recognizer.engines import choice, graph_files
from recognizer.engines.choice import find_graph, open_engine, shortfall
from recognizer.engines.graph_files import Kind, Precision
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from tests.recognizer.graphs import make_parity, write_graph, write_model, write_words


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "colours-1.h5")


@pytest.fixture
def has_bf16(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A processor that computes in bf16, or does not: the parameter."""
    monkeypatch.setattr("recognizer.engines.openvino.has_bf16", lambda: request.param)


@pytest.fixture
def compiler(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts a script in the place of the compiling process, that brings a graph made before; returns its calls."""
    other = write_model(tmp_path / "other" / "colours-1.h5")
    other.write_bytes(model.read_bytes())
    made = write_graph(other)
    calls, script = tmp_path / "calls", tmp_path / "python"
    script.write_text(f'#!/bin/sh\necho "$@" >> {calls}\ncp -r {made} {model.parent}\n')
    script.chmod(0o755)
    calls.touch()
    monkeypatch.setattr(sys, "executable", str(script))
    return calls


def write_kinds(model: Path, *kinds: Kind) -> None:
    for kind in kinds:
        write_words(model, graph_files.folders(model)[0], kind)


def precision_of(model: Path, precision: Precision | None = None) -> str | None:
    graph = find_graph(model, precision or "auto")
    return graph.precision if graph else None


@pytest.mark.parametrize(
    ("kinds", "has_bf16", "expected"),
    [
        (["int8", "float"], True, "int8"),
        (["int8", "float"], False, "int8"),
        (["int8"], False, "int8"),
        (["float"], True, "bf16"),
        (["float"], False, "f32"),
        ([], True, None),
    ],
    indirect=["has_bf16"],
)
def test_the_fastest_that_suits_the_processor_is_chosen(
    model: Path, has_bf16: None, kinds: list[Kind], expected: str | None
) -> None:
    write_kinds(model, *kinds)

    assert precision_of(model) == expected


@pytest.mark.parametrize("precision", ["int8", "bf16", "f32"])
def test_a_precision_that_is_asked_for_is_given(model: Path, precision: Precision) -> None:
    write_kinds(model, "int8", "float")

    assert precision_of(model, precision) == precision


@pytest.mark.parametrize("has_bf16", [True], indirect=True)
def test_a_precision_that_moved_the_answers_is_not_chosen(model: Path, has_bf16: None) -> None:
    folder = graph_files.folders(model)[0]
    write_words(model, folder, "int8", parity={"int8": make_parity(accepted=False)})
    write_words(model, folder, "float", parity={"bf16": make_parity(accepted=False), "f32": make_parity()})

    assert precision_of(model) == "f32"


# Opening


def open_it(model: Path, precision: Precision | None = None) -> str:
    _, engine = open_engine(model, precision or "auto", threads=1, report=len)
    return engine.name


def test_a_graph_that_is_there_is_opened_without_reading_the_model(model: Path, compiler: Path) -> None:
    model.write_bytes(b"no H5 file")
    write_graph(model)

    source, engine = open_engine(model, "f32", threads=1, report=len)

    assert isinstance(engine, OpenVINOEngine)
    assert (source.path, source.digest) == (model, artifact.digest(model))
    assert compiler.read_text() == ""


def test_a_missing_graph_is_made_first(model: Path, compiler: Path) -> None:
    assert open_it(model, "f32") == "openvino f32"
    assert compiler.read_text() != ""


def test_a_graph_of_another_file_is_made_again(model: Path, compiler: Path) -> None:
    data = model.read_bytes()
    model.write_bytes(data + b"x")
    write_graph(model)
    model.write_bytes(data)

    assert open_it(model, "f32") == "openvino f32"
    assert compiler.read_text() != ""


def test_int8_is_not_waited_for_without_pictures(model: Path, compiler: Path) -> None:
    with pytest.raises(ArtifactError, match=r"It takes pictures .* compile .*colours-1\.h5 --images DIR"):
        open_it(model, "int8")

    assert compiler.read_text() == ""


def test_a_precision_that_cannot_be_made_is_a_sentence(
    model: Path, compiler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_words(model, graph_files.folders(model)[0], parity={"f32": make_parity()})
    compiler.with_name("python").write_text("#!/bin/sh\n")

    with pytest.raises(ArtifactError, match=r"no graph of the precision bf16 .* use auto"):
        open_it(model, "bf16")


def test_a_model_that_changes_while_it_is_compiled_is_a_sentence(model: Path, compiler: Path) -> None:
    with compiler.with_name("python").open("a") as script:
        script.write(f"echo changed >> {model}\n")

    with pytest.raises(ArtifactError, match=r"changed in the meantime\. Try again"):
        open_it(model)


def test_a_missing_model_is_a_sentence(model: Path, compiler: Path) -> None:
    model.unlink()

    with pytest.raises(ArtifactError, match="no model file"):
        open_it(model)

    assert compiler.read_text() == ""


def test_without_openvino_keras_itself_is_opened(model: Path, compiler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_openvino() -> None:
        raise ImportError("No module named 'openvino'")

    monkeypatch.setattr(choice, "load_openvino", no_openvino)
    monkeypatch.setattr("recognizer.engines.tensorflow.TensorFlowEngine", lambda source: ("keras", source.digest))

    source, engine = open_engine(model, "auto", threads=1, report=len)

    assert engine == ("keras", source.digest)
    assert compiler.read_text() == ""


# What answers more slowly than it could


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The data folder of another installation, whose key is not ours."""
    monkeypatch.delenv("MENAGERIE_SECRET_KEY", raising=False)
    monkeypatch.setattr("recognizer.folders.cache", lambda: None)
    monkeypatch.setenv("MENAGERIE_DATA", str(tmp_path / "ours"))
    return tmp_path / "another"


def test_a_graph_that_nobody_vouches_for_is_named_where_a_slower_one_answers(
    model: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setenv("MENAGERIE_DATA", str(elsewhere))
        write_kinds(model, "int8")
    write_kinds(model, "float")

    said = shortfall(artifact.read(model), f"openvino {precision_of(model)}")

    assert said is not None
    assert said.startswith("The int8 graph beside colours-1 is not used: it was made elsewhere")
    assert "compile" in said


def test_so_is_one_that_is_damaged(model: Path) -> None:
    write_kinds(model, "int8", "float")
    (graph_files.folders(model)[0] / "int8.bin").write_bytes(b"half of it")

    said = shortfall(artifact.read(model), f"openvino {precision_of(model)}")

    assert said is not None
    assert said.startswith("The int8 graph beside colours-1 is not used: it is damaged.")


@pytest.mark.parametrize("has_bf16", [True, False], indirect=True)
def test_the_fastest_that_there_is_lacks_nothing(model: Path, has_bf16: None) -> None:
    write_kinds(model, "float")
    alone = shortfall(artifact.read(model), f"openvino {precision_of(model)}")
    write_kinds(model, "int8")

    assert alone is None
    assert shortfall(artifact.read(model), f"openvino {precision_of(model)}") is None


def test_one_that_moved_the_answers_is_not_missed(model: Path) -> None:
    folder = graph_files.folders(model)[0]
    write_words(model, folder, "int8", parity={"int8": make_parity(accepted=False)})
    write_kinds(model, "float")

    assert shortfall(artifact.read(model), "openvino f32") is None


def test_tensorflow_itself_is_slower(model: Path) -> None:
    said = shortfall(artifact.read(model), "tensorflow")

    assert said is not None
    assert said.startswith("colours-1 is answered by TensorFlow, several times more slowly: OpenVINO cannot be loaded.")
