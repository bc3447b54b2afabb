"""`python -m training fit`: trains a model on folders of pictures."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from rich.console import Console

from recognizer import registry
from recognizer.commands.compile import comparison
from recognizer.engines.quiet import load_tensorflow
from recognizer.metadata import MAX_NAME_LENGTH
from recognizer.terminal import cell
from training import config
from training.commands.calibrate import add_unknown_option, print_calibration, with_unknown
from training.commands.evaluate import print_evaluation, print_line
from training.commands.report import add_no_photographs_option
from training.errors import RecipeError

_SHOWN = 10


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("fit", help="train a model on folders of pictures, one folder a class")
    parser.description = (
        "Trains a model on folders of pictures, one folder a class, and writes one H5 file and a report beside it. By"
        " default it starts from the model in models/, so it needs no internet."
    )
    parser.epilog = "Options for --set: " + ", ".join(config.option_names())
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="DIR/cat/*.jpg, DIR/dog/*.jpg, ...")
    parser.add_argument(
        "--recipe", default="animals", metavar="NAME|FILE", help=f"{', '.join(config.names())}, or a TOML file"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the model file to write (default: models/<data folder>-1.h5, or -2 ...)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="overrides",
        metavar="KEY=VALUE",
        help="change one option of the recipe, such as fine_tune.patience=2; repeatable",
    )
    add_unknown_option(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace the file at --out if there is one")
    add_no_photographs_option(parser)
    parser.set_defaults(run=_fit)


def _fit(options: argparse.Namespace) -> None:
    recipe = with_unknown(config.load(options.recipe, options.overrides), options.unknown)
    out = options.out or _free_name(options.data)
    if out.exists() and not options.overwrite:
        raise RecipeError(f"{out} exists already. Choose another --out, or add --overwrite.")
    _check_name(out)
    load_tensorflow()  # Not before: it takes seconds, and --help should not.
    from training.fit import fit

    result = fit(options.data, recipe, out, photographs=options.photographs)
    console = Console()
    for image, problem in result.audit.left_out[:_SHOWN]:
        console.print("[yellow]Left out:[/]", cell(f"{image.path}: {problem}"), soft_wrap=True)
    if len(result.audit.left_out) > _SHOWN:
        console.print(f"[yellow]Left out:[/] {len(result.audit.left_out) - _SHOWN} more.")
    console.print("\nOn the pictures held back for validation:")
    print_evaluation(result.evaluation, console)
    console.print("\nThe graph that serves it, compared with Keras on pictures held back:")
    console.print(comparison(result.parity))
    print_calibration(result.calibration, console)
    print_line(console, f"How good it is, on one page: {result.report}")
    print_line(console, f"Written: {out}. Serve it with: make serve MODEL={shlex.quote(str(out))}")


def _check_name(out: Path) -> None:
    from training.names import name_and_version

    name_and_version(out)


def _free_name(data: Path) -> Path:
    """The first `models/<folder>-<n>.h5` that is not there yet."""
    letters = "".join(c if c.isalnum() and c.isascii() else "_" for c in data.resolve().name).strip("_")
    name = letters[:MAX_NAME_LENGTH] or "model"
    number = 1
    while (registry.MODELS_DIR / f"{name}-{number}.h5").exists():
        number += 1
    return registry.MODELS_DIR / f"{name}-{number}.h5"
