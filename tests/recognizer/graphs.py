"""Model files with compiled graphs, made without Keras: the graph answers as the fake engine does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from recognizer.engines import graph_files, vouching
from recognizer.engines.graph_files import Kind, Manifest, Parity, Precision
from recognizer.engines.quiet import load_openvino
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import Preprocessing, fingerprint
from tests.recognizer.fakes import make_metadata

if TYPE_CHECKING:
    import openvino as ov

SIZE = 32
CLASSES = 4


def small_metadata(**changes: Any) -> ModelMetadata:
    """Of a model for pictures of 32 x 32."""
    preprocessing = Preprocessing(
        input_size=SIZE,
        fit="stretch",
        crop_fraction=1.0,
        interpolation="bilinear",
        channel_order="rgb",
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
    )
    fields = {"preprocessing": preprocessing, "preprocessing_fingerprint": fingerprint(preprocessing), **changes}
    return make_metadata(**fields)


def write_model(path: Path, metadata: ModelMetadata | None = None) -> Path:
    """A file with metadata and a description of a network, but without one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": {"layers": []}})
        file[artifact.METADATA_PATH] = (metadata or small_metadata()).to_json()
    return path


def make_parity(**changes: Any) -> Parity:
    fields: dict[str, Any] = {
        "pictures": 20,
        "drawn": True,
        "agreement": 1.0,
        "largest_difference": 0.01,
        "usual_difference": 0.005,
        "accepted": True,
    }
    return Parity(**{**fields, **changes})


def parity_of(kind: Kind) -> dict[Precision, Parity]:
    """As if all precisions of a kind were as good as Keras."""
    return {"int8": make_parity()} if kind == "int8" else {"bf16": make_parity(), "f32": make_parity()}


def make_manifest(model: Path, folder: Path, kind: Kind, **changes: Any) -> Manifest:
    """The manifest of a graph whose files lie in a folder."""
    fields: dict[str, Any] = {
        "model_digest": artifact.digest(model),
        "metadata": small_metadata(),
        "files": {f"{kind}.{end}": artifact.digest(folder / f"{kind}.{end}") for end in ("xml", "bin")},
        "parity": parity_of(kind),
        "versions": {},
    }
    return Manifest(**{**fields, **changes})


def write_manifest(model: Path, folder: Path, kind: Kind, **changes: Any) -> None:
    text = make_manifest(model, folder, kind, **changes).model_dump_json()
    path = folder / f"{kind}.json"
    path.write_text(text, encoding="utf-8")
    vouching.sign(path)


def write_words(model: Path, folder: Path, kind: Kind = "float", words: bytes = b"words", **changes: Any) -> None:
    """A graph that nobody can load, in files of a few bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{kind}.xml").write_bytes(b"<xml>" + words)
    (folder / f"{kind}.bin").write_bytes(words)
    write_manifest(model, folder, kind, **changes)


def colour_graph(*, size: int = SIZE, classes: int = CLASSES, element_type: str = "u8") -> ov.Model:
    """A network whose logits are the mean red, green and blue of a picture, 0 to 10, and a constant."""
    load_openvino()
    import openvino as ov
    from openvino import opset13 as ops

    image = ops.parameter([1, size, size, 3], getattr(ov.Type, element_type), name="image")
    image.output(0).get_tensor().set_names({"image"})
    feature_map = ops.divide(ops.convert(image, ov.Type.f32), ops.constant(np.float32(25.5)))
    embedding = ops.reduce_mean(feature_map, ops.constant(np.array([1, 2])), keep_dims=False)
    bias = np.full((1, classes), 2, np.float32)
    bias[:, :3] = 0
    logits = ops.add(ops.matmul(embedding, ops.constant(np.eye(3, classes, dtype=np.float32)), False, False), bias)  # noqa: FBT003 - not transposed.
    outputs = {"logits": logits, "embedding": embedding, "feature_map": feature_map}
    for name, node in outputs.items():
        node.output(0).get_tensor().set_names({name})
    return ov.Model([ops.result(node) for node in outputs.values()], [image], "colours")


def write_graph(model: Path, graph: ov.Model | None = None, kind: Kind = "float", **changes: Any) -> Path:
    """Compiles a model file, so to say; returns the folder of its graphs."""
    load_openvino()
    import openvino as ov

    with graph_files.written_whole(model) as drafts:
        ov.save_model(graph or colour_graph(), drafts / f"{kind}.xml")
        write_manifest(model, drafts, kind, **changes)
    return model.with_suffix(".compiled")
