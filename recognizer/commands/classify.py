"""`python -m recognizer classify`: says what is in pictures, given as files or folders.

paths -> model file | server -> a table | the JSON API's answer | rows of a CSV file, as they come
                             -> camera_traps: a results file of MegaDetector's
      -> classify_ray: Parquet files, answered by the machines of a Ray cluster
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recognizer import files
from recognizer.bulk import answers_csv, megadetector
from recognizer.bulk.account import Account, counted
from recognizer.bulk.answers_csv import AnswersCsv
from recognizer.bulk.classify_files import Answer
from recognizer.bulk.image_files import picture_files
from recognizer.commands import answering, camera_traps, classify_ray
from recognizer.commands.answering import Source, opened_source
from recognizer.commands.progress import progress_bar
from recognizer.errors import CallerError, ImageError
from recognizer.folders import command_line
from recognizer.predictions import Prediction
from recognizer.terminal import cell, printable

_DESCRIPTION = """
Says what is in pictures. With --csv, answers go to the file as they come, and a run that was stopped goes on where it
was when the same command is given again. A path or label that a spreadsheet would take for a formula is written as
./=path or '=label.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    summary = "say what is in pictures, given as files or folders"
    parser = commands.add_parser("classify", help=summary, description=_DESCRIPTION)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a picture, or a folder of pictures")
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "--json", action="store_true", help="print the JSON API's answer, with the path of each picture"
    )
    output.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each picture, or go on with FILE")
    output.add_argument(
        "--megadetector", type=Path, metavar="FILE", help="write a results file for Timelapse and other such programs"
    )
    output.add_argument(
        "--passed-over", action="store_true", help="only list each file and folder that is passed over, and why"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="with --csv, --megadetector and --ray: forget what was written before"
    )
    classify_ray.add_options(parser, output)
    camera_traps.add_options(parser)
    answering.add_options(parser)
    parser.set_defaults(run=_classify)


def _classify(options: argparse.Namespace) -> int:
    _refuse_options_without_their_file(options)
    if options.ray:
        return classify_ray.write_answers(options)
    options.paths = [_on_disk(path) for path in options.paths]
    model = [Path(options.model)] if options.model else []
    for out in filter(None, (options.csv, options.megadetector)):
        files.refuse_to_replace_inputs(out, [*options.paths, *model])
    if options.boxes:
        return camera_traps.write_boxes(options)
    _refuse_missing(options.paths)
    if options.passed_over:
        return _list_passed_over(options.paths)
    if options.megadetector:  # Before the pictures are looked for, which may take minutes.
        megadetector.place(options.megadetector, overwrite=options.overwrite)
    passed_over = Account()
    see = command_line("recognizer", "classify", *options.paths, "--passed-over")
    paths = _each_once(_expand(options.paths, passed_over, see))
    if passed_over:
        for line in passed_over.lines(counted(len(paths), "picture"), see):
            _say(line)
    with opened_source(options) as source:
        return _give(options, source, paths)


def _give(options: argparse.Namespace, source: Source, paths: list[str]) -> int:
    """Classifies the pictures, into what the options ask for; returns the exit code."""
    if options.csv:
        return _write_csv(options, source, paths)
    if options.megadetector:
        return camera_traps.write_answers(options, source, _answers(source, paths))
    answers = list(_answers(source, paths))
    if options.json:
        model = {"name": source.model.name, "version": source.model.version, "digest": source.digest}
        predictions = [_entry(path, answer) for path, answer in answers]
        print(json.dumps({"model": model, "predictions": predictions}, indent=1))
    else:
        _print_answers(answers)
    return 0 if any(isinstance(answer, Prediction) for _, answer in answers) else 2


def _refuse_options_without_their_file(options: argparse.Namespace) -> None:
    if options.overwrite and not (options.csv or options.megadetector or options.ray):
        raise CallerError("--overwrite is about what --csv, --megadetector or --ray wrote, and none of them is given.")
    if options.out and not options.ray:
        raise CallerError("--out is about the folder that --ray writes to, which is not given.")
    if options.least_confidence is not None and not options.boxes:
        raise CallerError("--least-confidence is about the boxes of --boxes FILE, which is not given.")


def _write_csv(options: argparse.Namespace, source: Source, paths: list[str]) -> int:
    with answers_csv.opened(
        options.csv,
        source.model,
        source.digest,
        second_look=options.second_look,
        overwrite=options.overwrite,
    ) as rows:
        missing = [path for path in paths if path not in rows]
        rows.forget_paths()
        try:
            for path, answer in _answers(source, missing, done=len(paths) - len(missing)):
                rows.write(path, answer)
        except KeyboardInterrupt:
            _say(f"Stopped. {_count(rows, options.csv)} The same command goes on with the others.")
            return 1
        _say(_count(rows, options.csv))
        return 0 if rows.predictions else 2


def _count(rows: AnswersCsv, path: Path) -> str:
    bad = f", {rows.errors} of them could not be read" if rows.errors else ""
    return f"{path} has {rows.predictions + rows.errors} pictures{bad}."


def _say(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr)


def _list_passed_over(paths: Iterable[Path]) -> int:
    for folder in (path for path in paths if path.is_dir()):
        for _ in picture_files(str(folder), pass_over=lambda e: print(printable(f"{e.path}: {e.reason}"))):
            pass
    return 0


def _refuse_missing(paths: Iterable[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise CallerError(f"There is no file or folder {path}.")


def _on_disk(path: str) -> Path:
    if "://" in path:
        raise CallerError(f"{path} is an address, not a file or folder here. --ray reads those of object stores.")
    return Path(path)


def _expand(paths: Iterable[Path], passed_over: Account, see: str) -> Iterator[str]:
    """Files as given; of folders, the picture files at any depth, in order."""
    for path in paths:
        if path.is_dir():
            found = picture_files(str(path), pass_over=passed_over.add)
            first = next(found, None)
            if first is None:
                none = f"There are no pictures in the folder {path}"
                raise CallerError(" ".join(passed_over.lines(none, see)))
            yield first
            yield from found
        else:
            yield str(path)


def _each_once(paths: Iterable[str]) -> list[str]:
    """The paths in their order, each file once, by the first of its paths: folders that were given may overlap.

    A file is what a folder calls by a name, whichever way leads to the folder.
    """
    folders, found = dict[str, str](), dict[str, str]()
    for path in paths:
        folder, name = os.path.split(path)  # A million of them as Path would take 1 GB.
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        found.setdefault(f"{folders[folder]}/{name}", path)
    return list(found.values())


def _answers(source: Source, paths: list[str], *, done: int = 0) -> Iterator[tuple[str, Answer]]:
    """The answers, with progress on the standard error; `done` pictures were answered by an earlier run."""
    with progress_bar(done + len(paths), done) as progress, closing(source.answers(paths)) as answers:
        for answer in answers:
            yield answer
            progress.advance(progress.task_ids[0])


def _entry(path: str, answer: Answer) -> dict[str, Any]:
    named = {"path": path, "filename": Path(path).name}
    if isinstance(answer, Prediction):
        return named | answer.to_dict()
    reason = {"reason": answer.reason} if answer.reason else {}
    return named | {"error": {"code": answer.code, "title": answer.title, "detail": str(answer), **reason}}


def _print_answers(answers: list[tuple[str, Answer]]) -> None:
    """The table; with the likeness and the number of looks where the model has a scale for it."""
    scaled = any(isinstance(answer, Prediction) and answer.likeness is not None for _, answer in answers)
    scale = ("likeness", "looks") if scaled else ()
    table = Table(Column("picture", overflow="fold"), "label", "score", *scale, "others")
    for path, answer in answers:
        if isinstance(answer, ImageError):
            table.add_row(cell(path), Text("not read", style="red"), "", *("" for _ in scale), cell(str(answer)))
            continue
        others = ", ".join(f"{other.label} {other.score:.3f}" for other in answer.top[1:4])
        label = answer.label or "none of these"
        likeness = () if answer.likeness is None else (f"{answer.likeness:.2f}", str(answer.passes))
        table.add_row(cell(path), cell(label), f"{answer.score:.3f}", *likeness, cell(others))
    Console().print(table)
