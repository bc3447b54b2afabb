"""The compiler of a model file: makes its graphs, and compares them with Keras.

    H5 -> Keras network -> frozen TensorFlow graph -> OpenVINO (uint8 in, normalised inside) -> float graph
                                                        float graph + pictures -> NNCF -> int8 graph
    both -> compared with Keras -> the fastest that comes close enough is kept

Loads TensorFlow: for a process that trains, or one of its own; never for one that serves.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer import machine
from recognizer.engines import Report, graph_files, parity, vouching
from recognizer.engines.graph_files import Graph, Kind, Parity, Precision, kind_of
from recognizer.engines.openvino import INPUT, OpenVINOEngine, has_bf16
from recognizer.engines.parity import Pictures
from recognizer.engines.quiet import load_openvino
from recognizer.engines.tensorflow import TensorFlowEngine
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.model_file import ood_score as ood_scores
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Pixels, Preprocessing

if TYPE_CHECKING:
    import openvino as ov

_MADE_WITH = ("tensorflow", "keras", "openvino", "nncf", "numpy")


@dataclass(frozen=True)
class Images:
    """Pictures for making an int8 graph, uint8 (N, S, S, 3)."""

    calibration: Pixels
    """To find the ranges of values on; some hundred, like those the model was trained on."""
    comparison: Pictures
    """To compare with Keras on."""


def compile_model(model: Path, images: Images | None = None, *, report: Report) -> dict[Precision, Parity]:
    """Makes graphs, compares them with Keras, and puts the best of them beside the model file.

    Args:
        model: the model file.
        images: without them there is no int8 graph, and drawn patterns are compared.
        report: is told each step.

    Returns:
        What was compared.

    Raises:
        ArtifactError: the model file is wrong, no graph comes close to Keras, or nothing can be written.
    """
    report("reading the model file")
    source = artifact.read(model)
    report("loading TensorFlow")
    reference = TensorFlowEngine(source)
    if images is None and (vouched := _vouched(reference, source, report)):
        return vouched
    pictures = images.comparison if images else parity.drawn_pictures(source.metadata.preprocessing.input_size)
    with graph_files.written_whole(model) as drafts:
        _draft_graphs(reference, source, images, drafts, report)
        compared = _compare_all(reference, source, pictures, drafts, report)
        _keep_best(source, compared, drafts)
    return compared


def _vouched(reference: TensorFlowEngine, source: Artifact, report: Report) -> dict[Precision, Parity]:
    """Compares graphs that came with the model file from who knows where with Keras, and signs those that agree."""
    graphs = graph_files.find(source.path, vouched_for=False)
    if graphs is None:
        return {}
    report("comparing the graph that came with it with Keras")
    pictures = parity.drawn_pictures(source.metadata.preprocessing.input_size)
    expected = parity.answers_of(reference, pictures)
    found: dict[Precision, Parity] = {}
    for kind, manifest in graphs.manifests.items():
        same_model = manifest.metadata == source.metadata and _numbers(graphs.source) == _numbers(source)
        if same_model and all(
            parity.is_same_network(expected, parity.answers_of(_engine(graph), pictures), quantised=kind == "int8")
            for graph in map(graphs.get, manifest.parity)
            if graph is not None and (graph.precision != "bf16" or has_bf16())
        ):
            vouching.sign(graphs.folders[kind] / f"{kind}.json")
            found |= manifest.parity
        else:
            report("the graph that came with it is not that of this model file, and is not used")
    return found


def _numbers(source: Artifact) -> bytes:
    """Those of its rejection; none where it has none."""
    return b"" if source.ood_score is None else ood_scores.to_bytes(source.ood_score)


def _engine(graph: Graph) -> OpenVINOEngine:
    return OpenVINOEngine(graph, threads=machine.cores())


def _draft_graphs(
    reference: TensorFlowEngine, source: Artifact, images: Images | None, drafts: Path, report: Report
) -> None:
    load_openvino()
    import openvino as ov

    report("converting the network")
    model = _with_normalisation(ov.convert_model(reference.frozen()), source.metadata.preprocessing)
    _save(model, drafts / "float.xml")
    if images is not None:
        report("calibrating int8")
        _save(_quantised(model, images.calibration), drafts / "int8.xml")


def _save(model: ov.Model, path: Path) -> None:
    import openvino as ov

    try:
        ov.save_model(model, path, compress_to_fp16=True)
    except RuntimeError as err:  # "basic_ios::clear: iostream error" is all it says of a full disk.
        raise ArtifactError(f"The compiled graph cannot be written: the disk may be full. ({err})") from err


def _with_normalisation(model: ov.Model, preprocessing: Preprocessing) -> ov.Model:
    """Lets the graph take uint8 RGB: what `preprocessing.normalize` does happens inside, as in training."""
    import openvino as ov
    from openvino.preprocess import ColorFormat, PrePostProcessor

    processor = PrePostProcessor(model)
    image = processor.input(INPUT)
    image.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(ColorFormat.RGB)
    image.model().set_layout(ov.Layout("NHWC"))
    steps = image.preprocess().convert_element_type(ov.Type.f32)
    if preprocessing.channel_order != "rgb":
        # To grey, it weighs the colours as `preprocessing.LUMA` does.
        steps = steps.convert_color({"bgr": ColorFormat.BGR, "grey": ColorFormat.GRAY}[preprocessing.channel_order])
    steps.mean(list(preprocessing.mean)).scale(list(preprocessing.std))
    return processor.build()


def _quantised(model: ov.Model, pixels: Pixels) -> ov.Model:
    with contextlib.redirect_stdout(io.StringIO()):  # Its progress bars.
        import nncf

        data = nncf.Dataset([picture[None] for picture in pixels])
        return nncf.quantize(model.clone(), data, subset_size=len(pixels))


def _compare_all(
    reference: TensorFlowEngine, source: Artifact, pictures: Pictures, drafts: Path, report: Report
) -> dict[Precision, Parity]:
    report(f"comparing with Keras on {len(pictures.pixels)} pictures")
    expected = parity.logits_of(reference, pictures)
    compared: dict[Precision, Parity] = {}
    for precision in graph_files.PRECISIONS:
        draft = drafts / f"{kind_of(precision)}.xml"
        if not draft.exists() or (precision == "bf16" and not has_bf16()):
            continue
        report(f"comparing {precision} with Keras")
        received = parity.logits_of(_engine(Graph(draft, precision, source)), pictures)
        compared[precision] = parity.compare(expected, received, pictures, temperature=source.metadata.temperature)
    return compared


def _keep_best(source: Artifact, compared: dict[Precision, Parity], drafts: Path) -> None:
    """Leaves the fastest accepted graph with its manifest in the folder, and nothing else."""
    best = next(
        (precision for precision in graph_files.PRECISIONS if precision in compared and compared[precision].accepted),
        None,
    )
    if best is None:
        found = ", ".join(f"{name}: {result.agreement:.1%}" for name, result in compared.items())
        raise ArtifactError(f"No compiled graph answers as Keras does (same best class: {found}).")
    kept: Kind = kind_of(best)
    for draft in list(drafts.iterdir()):
        if draft.stem != kept:
            draft.unlink()
    graph_files.stamp(drafts, kept, source, parity=compared, versions={name: version(name) for name in _MADE_WITH})
