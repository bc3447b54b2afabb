"""`python -m recognizer classify`: says what is in pictures, given as files or folders."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from recognizer import registry
from recognizer.errors import CallerError, ImageError
from recognizer.images import MAX_BYTES, SUFFIXES
from recognizer.predictions import Prediction
from recognizer.recognizer import Recognizer
from recognizer.terminal import cell

_BATCH = 16
_MANY = 8


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("classify", help="say what is in pictures, given as files or folders")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a picture, or a folder of pictures")
    parser.add_argument(
        "--json", action="store_true", help="print the JSON API's answer, with the path of each picture"
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help="a model file (default: the active one in models/)")
    parser.set_defaults(run=_classify)


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
