"""`python -m training gallery`: draws what the filters and the classes of a model look for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from recognizer.model_file import artifact
from training.commands.evaluate import print_line


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("gallery", help="draw what the filters and the classes of a model look for")
    parser.description = (
        "Draws, by gradient ascent on the pixels, pictures that excite the strongest and most varied filters of each"
        " stage and each class most, into a folder beside the model file, such as models/animals-3.gallery. The page"
        " of the version shows them. A run that was stopped goes on when it is started again."
    )
    parser.add_argument("model", type=Path, metavar="FILE", help="a model file, such as models/animals-3.h5")
    parser.add_argument(
        "--filters", type=whole_number(1, 256), default=16, metavar="N", help="of each stage (default: %(default)s)"
    )
    parser.add_argument(
        "--steps",
        type=whole_number(1, 2048),
        default=128,
        metavar="N",
        help="of gradient ascent for each picture; more take longer and are clearer (default: %(default)s)",
    )
    parser.set_defaults(run=_gallery)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Reads an option's number; argparse says what is wrong with another one."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"Expected a whole number from {least} to {most}. Received: {text!r}")
        return int(text)

    return read


def _gallery(options: argparse.Namespace) -> None:
    from training.visualization.gallery import Effort, make

    folder = make(artifact.read(options.model), Effort(filters=options.filters, steps=options.steps))
    print_line(Console(), f"Written: {folder}")
