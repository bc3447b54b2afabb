"""`python -m recognizer classify | inspect`: the command line of the library."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from recognizer import artifact, registry
from recognizer.errors import CallerError, ImageError
from recognizer.images import MAX_BYTES, SUFFIXES
from recognizer.metadata import ModelMetadata
from recognizer.predictions import Prediction
from recognizer.recognizer import Recognizer
from recognizer.terminal import cell, run

_BATCH = 16
_MANY = 8


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 0 done, 1 it failed, 2 what was given is wrong."""
    options = _parser().parse_args(arguments)
    return run(partial(options.run, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recognizer", description="Recognises what is in pictures.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    classify = commands.add_parser("classify", help="say what is in pictures, given as files or folders")
    classify.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a picture, or a folder of pictures")
    classify.add_argument(
        "--json", action="store_true", help="print the JSON API's answer, with the path of each picture"
    )
    classify.add_argument(
        "--model", type=Path, metavar="FILE", help="a model file (default: the active one in models/)"
    )
    classify.set_defaults(run=_classify)
    inspect = commands.add_parser("inspect", help="say what a model file holds, without running it")
    inspect.add_argument("file", type=Path, metavar="FILE", help="a model file, such as models/animals-1.h5")
    inspect.add_argument("--json", action="store_true", help="print the whole metadata as JSON")
    inspect.set_defaults(run=_inspect)
    return parser


def _classify(options: argparse.Namespace) -> int:
    paths = list(_expand(options.paths))
    recognizer = Recognizer.open(options.model or registry.active())
    answers = list(_answers(recognizer, paths))
    if options.json:
        predictions = [_entry(path, answer) for path, answer in answers]
        print(json.dumps({"model": recognizer.model_info(), "predictions": predictions}, indent=1))
    else:
        _print_answers(answers)
    return 0 if any(isinstance(answer, Prediction) for _, answer in answers) else 2


def _expand(paths: list[Path]) -> Iterator[Path]:
    """Files as given; of folders, the picture files at any depth, in order."""
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("[!.]*") if p.suffix.lower() in SUFFIXES and p.is_file())
            if not found:
                raise CallerError(f"There are no pictures in the folder {path}.")
            yield from found
        elif path.exists():
            yield path
        else:
            raise CallerError(f"There is no file or folder {path}.")


def _answers(recognizer: Recognizer, paths: list[Path]) -> Iterator[tuple[Path, Prediction | ImageError]]:
    with _progress(len(paths)) as progress:
        for start in range(0, len(paths), _BATCH):
            chunk = paths[start : start + _BATCH]
            yield from zip(chunk, recognizer.classify_batch(map(_read, chunk)), strict=True)
            progress.advance(progress.task_ids[0], len(chunk))


def _read(path: Path) -> bytes:
    """The file, but for what is past the largest size that is accepted."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        return b""  # Answered as a picture that cannot be read, like the others that cannot.


@contextmanager
def _progress(total: int) -> Iterator[Progress]:
    with Progress(console=Console(stderr=True), disable=total < _MANY) as progress:
        progress.add_task("Classifying", total=total)
        yield progress


def _entry(path: Path, answer: Prediction | ImageError) -> dict[str, Any]:
    if isinstance(answer, Prediction):
        return {"path": str(path), "filename": path.name, **answer.to_dict()}
    problem = {"code": answer.code, "title": answer.title, "detail": str(answer)}
    return {"path": str(path), "filename": path.name, "error": problem}


def _print_answers(answers: list[tuple[Path, Prediction | ImageError]]) -> None:
    table = Table(Column("picture", overflow="fold"), "label", "score", "others")
    for path, answer in answers:
        if isinstance(answer, ImageError):
            table.add_row(cell(str(path)), Text("not read", style="red"), "", cell(str(answer)))
            continue
        others = ", ".join(f"{other.label} {other.score:.3f}" for other in answer.top[1:4])
        label = answer.label or "none of these"
        table.add_row(cell(str(path)), cell(label), f"{answer.score:.3f}", cell(others))
    Console().print(table)


def _inspect(options: argparse.Namespace) -> int:
    source = artifact.read(options.file)
    if options.json:
        print(json.dumps({"digest": source.digest, **json.loads(source.metadata.to_json())}, indent=1))
    else:
        table = Table(show_header=False)
        for key, value in _summary(source.metadata).items():
            table.add_row(key, cell(value))
        table.add_row("digest", source.digest)
        table.add_row("size", f"{source.path.stat().st_size / 10**6:.1f} MB")
        Console().print(table)
    return 0


def _summary(metadata: ModelMetadata) -> dict[str, str]:
    size, fit = metadata.preprocessing.input_size, metadata.preprocessing.fit
    return {
        "name": metadata.name,
        "version": metadata.version,
        "architecture": metadata.architecture,
        "classes": ", ".join(metadata.class_names),
        "input": f"{size} x {size}, {fit}",
        "temperature": f"{metadata.temperature:g}",
        "trained": _trained(metadata.provenance),
        "validation": _validated(metadata.results),
    }


def _trained(provenance: dict[str, Any]) -> str:
    match provenance:
        case {"finished": finished, "data": {"train": pictures}}:
            return f"{finished} on {pictures} pictures"
        case _:
            return "unknown"


def _validated(results: dict[str, Any]) -> str:
    match results.get("validation"):
        case {"accuracy": int() | float() as accuracy, "n": pictures}:
            return f"{100 * accuracy:.2f} % of {pictures}"
        case _:
            return "not measured"
