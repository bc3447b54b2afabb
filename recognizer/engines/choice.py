"""The choice of an engine for a model file: its compiled graph where there can be one, else TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from recognizer.engines import Engine, Report, graph_files
from recognizer.engines.graph_files import PRECISIONS, Graph, Graphs, Kind, Manifest, Precision, kind_of
from recognizer.engines.on_demand import compile_once
from recognizer.engines.quiet import load_openvino
from recognizer.errors import ArtifactError
from recognizer.folders import command_line
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact


def open_engine(
    model: Path,
    precision: Precision | Literal["auto"],
    *,
    threads: int,
    threads_per_picture: int = 2,
    all_threads_when_idle: bool = False,
    report: Report,
) -> tuple[Artifact, Engine]:
    """Opens the best engine for a model file, which is compiled first if nobody did so before.

    Raises:
        ArtifactError: the file is missing, broken or not ours, or cannot be computed in this precision.
    """
    try:
        load_openvino()
    except ImportError:  # Not every platform has it.
        return _open_tensorflow(model)
    from recognizer.engines.openvino import OpenVINOEngine

    graph = find_graph(model, precision) or _compiled(model, precision, report)
    return graph.source, OpenVINOEngine(
        graph,
        threads=threads,
        threads_per_picture=threads_per_picture,
        all_threads_when_idle=all_threads_when_idle,
    )


def find_graph(model: Path, precision: Precision | Literal["auto"]) -> Graph | None:
    """The compiled graph to serve with; `auto`: the fastest that is there and suits this processor."""
    graphs = graph_files.find(model)
    if graphs is None:
        return None
    return _fastest(graphs) if precision == "auto" else graphs.get(precision)


def shortfall(source: Artifact, engine_name: str) -> str | None:
    """Why a model answers more slowly than it could: a sentence with the cure; None where it does not.

    Args:
        source: the model file that answers.
        engine_name: the name of the engine that was chosen for it, with the precision `auto`.
    """
    stem = source.path.stem
    if engine_name == "tensorflow":
        return (
            f"{stem} is answered by TensorFlow, several times more slowly: OpenVINO cannot be loaded."
            " Install the packages of requirements.txt anew, on a platform that OpenVINO supports."
        )
    answers_with = engine_name.removeprefix("openvino ")
    for vouched_for, reason in (
        (True, "it is damaged"),
        (False, "it was made elsewhere, and has not been found to answer as Keras does"),
    ):
        unused = _faster(graph_files.manifests(source.path, source.digest, vouched_for=vouched_for), answers_with)
        if unused:
            making = command_line("recognizer", "compile", source.path, "--images", "DIR")
            return (
                f"The {unused} graph beside {stem} is not used: {reason}. {answers_with} answers, more slowly."
                f" Make one here, from pictures: {making}"
            )
    return None


def _faster(manifests: Mapping[Kind, Manifest], answers_with: str) -> Precision | None:
    """The fastest precision that manifests say there is, if it is faster than the one that answers."""
    if answers_with not in PRECISIONS:
        return None
    for precision in PRECISIONS[: PRECISIONS.index(answers_with)]:
        manifest = manifests.get(kind_of(precision))
        parity = manifest.parity.get(precision) if manifest else None
        if parity and parity.accepted and kind_of(precision) != kind_of(answers_with):
            return precision
    return None


def _fastest(graphs: Graphs) -> Graph | None:
    from recognizer.engines.openvino import has_bf16

    found = [graph for graph in map(graphs.get, PRECISIONS) if graph is not None]
    return next((graph for graph in found if graph.precision != "bf16" or has_bf16()), None)


def _compiled(model: Path, precision: Precision | Literal["auto"], report: Report) -> Graph:
    if precision == "int8":
        cure = f"It takes pictures to make one: {command_line('recognizer', 'compile', model, '--images', 'DIR')}"
        raise ArtifactError(f"There is no graph of the precision int8 for {model}. {cure}")
    compile_once(model, report=report, is_done=lambda: find_graph(model, precision) is not None)
    graph = find_graph(model, precision)
    if graph is None and precision == "auto":
        raise ArtifactError(f"{model} was compiled, but changed in the meantime. Try again.")
    if graph is None:
        cure = "This processor has none, or the model loses by it: use auto." if precision == "bf16" else "Use auto."
        raise ArtifactError(f"There is no graph of the precision {precision} for {model}. {cure}")
    return graph


def _open_tensorflow(model: Path) -> tuple[Artifact, Engine]:
    from recognizer.engines.tensorflow import TensorFlowEngine

    source = artifact.read(model)
    return source, TensorFlowEngine(source)
