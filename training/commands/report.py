"""`python -m training report`: writes the HTML page of a model, which anybody can read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from training.commands.evaluate import add_pictures_options, find_groups, find_pictures, open_model, print_line
from training.data import dataset

if TYPE_CHECKING:
    from recognizer import Recognizer
    from training.report.contents import Origin


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("report", help="write how good a model is into one HTML page")
    parser.description = (
        "Classifies every picture in DIR/<class>/ as serving does, and writes an HTML page about it: what to expect in"
        " plain words, tables, curves, the worst mistakes. The page is one file and needs no internet."
    )
    add_pictures_options(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the page to write (default: beside the model)")
    add_no_photographs_option(parser)
    parser.set_defaults(run=_report)


def add_no_photographs_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option for a report without photographs, which may be passed on."""
    parser.add_argument(
        "--no-photographs",
        action="store_false",
        dest="photographs",
        help="leave photographs, heat maps and the names of picture files out of the report",
    )


def _report(options: argparse.Namespace) -> None:
    pictures = find_pictures(options)
    sources = find_groups(options, pictures)
    from training.evaluation.by_source import by_source
    from training.evaluation.evaluate import evaluate
    from training.evaluation.open_set import evaluate_open_set
    from training.report import model_page
    from training.report.contents import Contents

    out = options.out or model_page.default_path(options.model)
    model_page.check_writable(out)
    recognizer = open_model(options)
    evaluation = evaluate(recognizer, pictures)
    contents = Contents(
        recognizer=recognizer,
        evaluation=evaluation,
        origin=_origin(recognizer, pictures),
        divided=by_source(evaluation, sources) if sources else None,
        unknown=evaluate_open_set(recognizer, options.unknown, pictures) if options.unknown else None,
        photographs=options.photographs,
    )
    model_page.write(out, contents)
    print_line(Console(), f"Written: {out}")


def _origin(recognizer: Recognizer, pictures: dataset.Dataset) -> Origin:
    data = recognizer.metadata.origin.data
    return "trained on" if data and data.digest == pictures.digest() else "given"
