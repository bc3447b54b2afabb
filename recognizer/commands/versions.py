"""`python -m recognizer versions`: lists the model files, and marks the active and the previous one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recognizer.commands.activate import add_models_option
from recognizer.errors import ArtifactError
from recognizer.model_file.metadata import ModelMetadata
from recognizer.registry import versions
from recognizer.registry.versions import Version
from recognizer.terminal import cell, percent, printable


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("versions", help="list the model files, and which one is active")
    add_models_option(parser)
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.set_defaults(run=_list)


def _list(options: argparse.Namespace) -> None:
    found = versions.versions(options.models)
    if options.json:
        print(json.dumps({"versions": [_record(version) for version in found]}, indent=1))
    else:
        _print_table(found)
        for problem in _problems(found, options.models):
            print(printable(problem))


def _print_table(found: list[Version]) -> None:
    facts = ("classes", "architecture", "accuracy", "trained", "size")
    # Without lines it fits into the 80 columns of a pipe.
    table = Table("", Column("model", overflow="fold"), *facts, box=None, padding=(0, 2, 0, 0))
    for version in found:
        table.add_row(_mark(version), cell(version.path.stem), *_cells(version))
    Console().print(table)


def _problems(found: list[Version], models_dir: Path) -> Iterator[str]:
    yield from (f"{version.path.stem}: {version.problem}" for version in found if version.problem)
    try:
        versions.active(models_dir)
    except ArtifactError as err:
        yield str(err)


def _mark(version: Version) -> str:
    if version.is_active:
        return "active"
    return "previous" if version.is_previous else ""


def _cells(version: Version) -> list[Text]:
    if version.artifact is None:
        return [Text("-"), Text("cannot be used", style="red")]
    metadata = version.artifact.metadata
    accuracy = _accuracy(metadata)
    return [
        Text(str(len(metadata.class_names))),
        cell(metadata.architecture),
        Text("-" if accuracy is None else percent(accuracy, 2)),
        cell((_trained(metadata) or "-")[: len("2026-11-22")]),
        Text(f"{version.path.stat().st_size / 10**6:.1f} MB"),
    ]


def _record(version: Version) -> dict[str, Any]:
    record: dict[str, Any] = {
        "model": version.path.stem,
        "path": str(version.path),
        "active": version.is_active,
        "previous": version.is_previous,
        "problem": version.problem,
    }
    if version.artifact is None:
        return record
    metadata = version.artifact.metadata
    return record | {
        "name": metadata.name,
        "version": metadata.version,
        "digest": version.artifact.digest,
        "class_names": metadata.class_names,
        "architecture": metadata.architecture,
        "accuracy": _accuracy(metadata),
        "trained": _trained(metadata),
        "size_bytes": version.path.stat().st_size,
    }


def _accuracy(metadata: ModelMetadata) -> float | None:
    """On the validation pictures, where it was measured."""
    validation = metadata.measured.validation
    return validation.accuracy if validation else None


def _trained(metadata: ModelMetadata) -> str | None:
    """When the training ended, as the file says it."""
    finished = metadata.origin.finished
    return finished.isoformat() if finished else None
