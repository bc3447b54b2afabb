"""`python -m training export`: writes a model for other programs, with all that belongs to an answer in its graph."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from recognizer.commands.events import told
from recognizer.model_file import artifact
from training.commands.evaluate import print_line
from training.export.handout import HANDOUTS, make


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser(
        "export", help="write a model for other programs, for the browser, and for Hugging Face's Hub"
    )
    parser.description = (
        "Writes a folder with the model for another program, what its numbers mean, and an example in Python that runs"
        " by itself. Normalisation, calibration and 'none of these' are part of the exported graph, so that its answers"
        " are ours: uint8 pixels in, calibrated probabilities and `known` out. It is tried before it is handed out,"
        " where the program that runs it is installed. `--to web` makes a page that runs the model in the browser, from"
        " a folder, without a server. `--card` writes the model file as it is into a folder for the Hub, with a card of"
        " what it records."
    )
    parser.add_argument("model", type=Path, metavar="FILE", help="a model file, such as models/animals-3.h5")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--to", choices=HANDOUTS, dest="target", help="what shall run it")
    what.add_argument(
        "--card", action="store_true", help="a folder for Hugging Face's Hub: the file and its model card"
    )
    parser.add_argument(
        "--license", default="", metavar="ID", help="for --card: the licence, such as apache-2.0; a file records none"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to (default: FILE without .h5, and the target, or .hub)"
    )
    parser.add_argument(
        "--onnxruntime-web",
        type=Path,
        metavar="TGZ",
        help="for --to web: npm's package, where this machine has no network (default: fetch it once, and keep it)",
    )
    parser.add_argument("--events", type=Path, metavar="FILE", help="write how it ended there, a JSON object a line")
    parser.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> None:
    if options.card:
        _card(options)
    else:
        _export_to(options)


def _card(options: argparse.Namespace) -> None:
    from training.export import hub_card  # It needs the extra `train`.

    folder = options.out or options.model.with_suffix(".hub")
    hub_card.make(artifact.read(options.model), folder, license_id=options.license)
    if not options.license:
        print_line(Console(), "The card says that the licence is unknown: --license names it.")
    print_line(Console(), f"Written: {folder}. Read README.md in it before you pass it on.")


def _export_to(options: argparse.Namespace) -> None:
    folder = options.out or options.model.with_suffix(f".{options.target}")
    with told(options.events) as events:
        events.write("started", seconds=0.0)
        agreement = make(artifact.read(options.model), options.target, folder, options.onnxruntime_web)
        events.write("done", folder=folder.name, seconds=events.seconds)
    if agreement is None:
        tried = "It was not tried: what runs it is not installed here."
    else:
        tried = f"Tried on drawn pictures: a probability differs from Keras's by {agreement.largest_difference:.5f}."
    print_line(Console(), tried)
    use = "Open index.html in it" if options.target == "web" else "classify.py in it shows how to use it"
    print_line(Console(), f"Written: {folder}. {use}.")
