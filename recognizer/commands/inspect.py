"""`python -m recognizer inspect`: says what a model file holds, without running it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from recognizer.commands.compile_graph import comparison
from recognizer.engines import graph_files
from recognizer.engines.graph_files import Graphs
from recognizer.folders import command_line
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.rejection_record import HeadRejection, Rejection, SimilarityRejection
from recognizer.model_file.results import Provenance
from recognizer.terminal import cell, percent


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("inspect", help="say what a model file holds, without running it")
    parser.add_argument("file", type=Path, metavar="FILE", help="a model file, such as models/animals-3.h5")
    parser.add_argument("--json", action="store_true", help="print the whole metadata as JSON")
    parser.set_defaults(run=_inspect)


def _inspect(options: argparse.Namespace) -> int:
    source = artifact.read(options.file)
    graphs = graph_files.find(options.file)
    if options.json:
        print(json.dumps(_record(source, graphs), indent=1))
        return 0
    table = Table(show_header=False)
    for key, value in _summary(source.metadata).items():
        table.add_row(key, cell(value))
    table.add_row("digest", source.digest)
    table.add_row("size", f"{source.path.stat().st_size / 10**6:.1f} MB")
    console = Console()
    console.print(table)
    if graphs is None:
        by_hand = command_line("recognizer", "compile", options.file)
        console.print(cell(f"Not compiled yet: the first start does that, or: {by_hand}"), soft_wrap=True)
    else:
        console.print("The compiled graphs, compared with Keras:")
        console.print(comparison(graphs.compared()))
    return 0


def _record(source: Artifact, graphs: Graphs | None) -> dict[str, Any]:
    manifests = graphs.manifests if graphs else {}
    made = {kind: manifest.model_dump(exclude={"metadata"}) for kind, manifest in manifests.items()}
    return {"digest": source.digest, **json.loads(source.metadata.to_json()), "compiled": made}


def _summary(metadata: ModelMetadata) -> dict[str, str]:
    size, fit = metadata.preprocessing.input_size, metadata.preprocessing.fit
    validation = metadata.measured.validation
    return {
        "name": metadata.name,
        "version": metadata.version,
        "architecture": metadata.architecture,
        "classes": ", ".join(metadata.class_names),
        "input": f"{size} x {size}, {fit}",
        "temperature": f"{metadata.temperature:g}",
        "none of these": _rejection(metadata.rejection),
        "trained": _trained(metadata.origin),
        "validation": f"{percent(validation.accuracy, 2)} of {validation.n}" if validation else "not measured",
    }


def _rejection(rejection: Rejection | None) -> str:
    if rejection is None:
        return "never said"
    taught = f", taught by {rejection.unknown_pictures} unknown pictures" if rejection.unknown_pictures else ""
    return f"by {_method(rejection)}{taught}; accepts {100 * rejection.accepted_share:g} % of {_judged(rejection)}"


def _judged(rejection: Rejection) -> str:
    """The pictures that the threshold was set on."""
    if rejection.left_out:
        return "pictures of sources left out"
    of_training = isinstance(rejection, HeadRejection)
    return "the training's pictures, left out in turn" if of_training else "validation pictures"


def _method(rejection: Rejection) -> str:
    match rejection:
        case SimilarityRejection():
            return f"{rejection.references} references"
        case HeadRejection(second_look=None):
            return f"a rejection head and the backbone's {rejection.backbone_classes:,} classes"
        case HeadRejection():
            return f"a rejection head and the backbone's {rejection.backbone_classes:,} classes, in up to two looks"
    raise TypeError(f"Expected a rejection. Received: {rejection!r}")


def _trained(origin: Provenance) -> str:
    if origin.imported is not None:
        return f"elsewhere; imported from {origin.imported.file}, {origin.imported.at.isoformat()}"
    if origin.finished is None or origin.data is None or origin.data.train is None:
        return "unknown"
    return f"{origin.finished.isoformat()} on {origin.data.train} pictures"
