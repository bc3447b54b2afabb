"""`python -m recognizer compile`: makes the graph that serving runs, and compares it with Keras."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from recognizer.bulk.account import Account, counted
from recognizer.bulk.image_files import picture_files
from recognizer.engines.graph_files import Parity, Precision
from recognizer.errors import CallerError, ImageError, MenagerieError
from recognizer.folders import command_line
from recognizer.images import decode
from recognizer.model_file import artifact
from recognizer.model_file.class_names import known_as
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import Pixels, resize_and_crop
from recognizer.terminal import printable

if TYPE_CHECKING:
    from recognizer.engines import Report
    from recognizer.engines.compiler import Images

_CALIBRATION = 300
_COMPARISON = 600
_LEAST = 20
_LONGEST_S = 7 * 24 * 3600


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("compile", help="make the graph that serving runs; with --images in int8, the fastest")
    parser.description = (
        "Makes the graph that serving runs, compares it with Keras, and puts it beside the model file. Training and"
        " the first start do this too; by hand it is for a model file that came without its graph."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a model file, such as models/animals-3.h5")
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help=f"at least {_LEAST} pictures like those to be recognised: up to {_CALIBRATION} calibrate int8, up to"
        f" {_COMPARISON} others are compared; where folders are named after the classes, accuracy is too",
    )
    parser.add_argument("--json", action="store_true", help="print each step, and the comparison, as a line of JSON")
    parser.add_argument(
        "--step-limit",
        type=_seconds,
        metavar="SECONDS",
        help="end at a step that takes longer: a damaged file may hold the library that reads it for ever",
    )
    parser.set_defaults(run=_compile)


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < float(text) <= _LONGEST_S:
            return float(text)
    raise argparse.ArgumentTypeError(f"Expected a number of seconds. Received: {text}")


def _compile(options: argparse.Namespace) -> int:
    if not options.json:
        compared = _compiled(options, lambda step: print(f"{step} ...", file=sys.stderr))
        Console().print(comparison(compared))
        return 0
    try:
        compared = _compiled(options, lambda step: print(json.dumps({"step": step}), flush=True))
    except MenagerieError as err:
        print(json.dumps({"error": str(err)}), flush=True)
        return 2 if isinstance(err, CallerError) else 1
    print(json.dumps({"parity": {name: parity.model_dump() for name, parity in compared.items()}}))
    return 0


def _compiled(options: argparse.Namespace, report: Report) -> dict[Precision, Parity]:
    from recognizer.engines.compiler import compile_model  # Here: it takes a second to load.

    with _limited(report, options.step_limit) as limited_report:
        pictures = _images(options.images, artifact.read(options.file).metadata) if options.images else None
        return compile_model(options.file, pictures, report=limited_report)


@contextmanager
def _limited(report: Report, limit_s: float | None) -> Iterator[Report]:
    """Has the system end this process when the next step is late: a library that hangs lets no Python run."""
    if limit_s is None:
        yield report
        return

    def limited_report(step: str) -> None:
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        report(step)

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield limited_report
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def comparison(compared: Mapping[Precision, Parity]) -> Table:
    """The table of how close each precision comes to Keras."""
    table = Table("", "compared on", "same answer", "right (Keras)", "scores differ by", "good enough")
    for name, parity in compared.items():
        right = (parity.accuracy, parity.keras_accuracy)
        table.add_row(
            name,
            f"{parity.pictures} {'drawn patterns' if parity.drawn else 'pictures'}",
            f"{parity.agreement:.2%}",
            "" if None in right else "{:.2%} ({:.2%})".format(*right),
            f"{parity.usual_difference:.3f}, at most {parity.largest_difference:.3f}",
            "yes" if parity.accepted else "no",
        )
    return table


def _images(folder: Path, metadata: ModelMetadata) -> Images:
    """Pictures of a folder, half for either purpose; the same ones each time."""
    from recognizer.engines.compiler import Images
    from recognizer.engines.parity import Pictures

    found = list(_readable(_picture_files(folder)[: _CALIBRATION + _COMPARISON], metadata))
    if len(found) < _LEAST:
        raise CallerError(f"Expected at least {_LEAST} readable pictures in {folder}. Received: {len(found)}")
    half = min(_CALIBRATION, len(found) // 2)
    compared = found[half:]
    names = [known_as(path.relative_to(folder).parts[0], metadata.class_names) for path, _ in compared]
    known = [metadata.class_names.index(name) for name in names if name is not None]
    labels = known if len(known) == len(names) else None
    return Images(
        calibration=np.stack([pixels for _, pixels in found[:half]]),
        comparison=Pictures(np.stack([pixels for _, pixels in compared]), labels),
    )


def _picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder in an order of their own: neighbours by name often show the same."""
    if not folder.is_dir():
        raise CallerError(f"There is no folder {folder}.")
    passed_over = Account()
    found = [Path(path) for path in picture_files(str(folder), pass_over=passed_over.add)]
    see = command_line("recognizer", "classify", folder, "--passed-over")
    for line in passed_over.lines(f"{counted(len(found), 'picture')} in {folder}", see):
        print(printable(line), file=sys.stderr)
    return sorted(found, key=lambda path: hashlib.sha256(os.fsencode(path.relative_to(folder))).digest())


def _readable(files: list[Path], metadata: ModelMetadata) -> Iterator[tuple[Path, Pixels]]:
    for path in track(files, "Reading pictures", console=Console(stderr=True), transient=True):
        try:
            picture = decode.decode(decode.read_file(path), needed_short_side=metadata.preprocessing.resized_short_side)
        except (ImageError, OSError):
            continue
        yield path, resize_and_crop(picture.rgb, metadata.preprocessing)
