"""`python -m training fit | evaluate`: the command line of training."""

from __future__ import annotations

import argparse
import json
import shlex
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from recognizer import registry
from recognizer.commands.compile import comparison
from recognizer.engines.quiet import load_tensorflow
from recognizer.metadata import MAX_NAME_LENGTH
from recognizer.terminal import cell, run
from training import config, dataset
from training.errors import RecipeError
from training.evaluate import Evaluation

_SHOWN = 10


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 0 done, 1 it failed, 2 what was given is wrong."""
    options = _parser().parse_args(arguments)
    return run(partial(options.run, options), when_stopped="Stopped. Nothing was written.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_fit(commands.add_parser("fit", help="train a model on folders of pictures, one folder a class"))
    _add_evaluate(commands.add_parser("evaluate", help="measure a model file on folders of pictures"))
    return parser


def _add_fit(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Trains a model on folders of pictures, one folder a class, and writes one H5 file. By default it starts from"
        " the model in models/, so it needs no internet."
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
    parser.add_argument("--overwrite", action="store_true", help="replace the file at --out if there is one")
    parser.set_defaults(run=_fit)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Classifies every picture in DIR/<class>/ as serving does and compares the answers with the folders."
    )
    parser.add_argument("model", type=Path, metavar="FILE", help="a model file, such as models/animals-1.h5")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="DIR/cat/*.jpg, DIR/dog/*.jpg, ...")
    parser.add_argument(
        "--reference", action="store_true", help="measure the Keras network itself instead of its compiled graph"
    )
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")
    parser.set_defaults(run=_evaluate)


def _fit(options: argparse.Namespace) -> None:
    recipe = config.load(options.recipe, options.overrides)
    out = options.out or _free_name(options.data)
    if out.exists() and not options.overwrite:
        raise RecipeError(f"{out} exists already. Choose another --out, or add --overwrite.")
    _check_name(out)
    load_tensorflow()  # Not before: it takes seconds, and --help should not.
    from training.fit import fit

    result = fit(options.data, recipe, out)
    console = Console()
    for image, problem in result.audit.left_out[:_SHOWN]:
        console.print("[yellow]Left out:[/]", cell(f"{image.path}: {problem}"), soft_wrap=True)
    if len(result.audit.left_out) > _SHOWN:
        console.print(f"[yellow]Left out:[/] {len(result.audit.left_out) - _SHOWN} more.")
    console.print("\nOn the pictures held back for validation:")
    _print_evaluation(result.evaluation, console)
    console.print("\nThe graph that serves it, compared with Keras on pictures held back:")
    console.print(comparison(result.parity))
    _print_line(console, f"Written: {out}. Serve it with: make serve MODEL={shlex.quote(str(out))}")


def _evaluate(options: argparse.Namespace) -> None:
    pictures = dataset.scan(options.data)
    from recognizer import Recognizer
    from training.evaluate import evaluate

    open_model = Recognizer.open_reference if options.reference else Recognizer.open
    evaluation = evaluate(open_model(options.model), pictures)
    if options.json:
        print(json.dumps(evaluation.to_dict(), indent=1, ensure_ascii=False))
    else:
        _print_evaluation(evaluation, Console())


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


def _print_evaluation(evaluation: Evaluation, console: Console) -> None:
    table = Table("class", "precision", "recall", "F1", "pictures")
    for name, scores in evaluation.per_class().items():
        shares = (f"{100 * scores[key]:.1f} %" for key in ("precision", "recall", "f1"))
        table.add_row(cell(name), *shares, str(scores["n"]))
    console.print(table)
    if len(evaluation.class_names) <= _SHOWN:  # More columns than a terminal is wide say nothing.
        console.print(_matrix(evaluation))
    for mistake in evaluation.mistakes[:_SHOWN]:
        _print_line(console, f"  {mistake.file}: taken for {mistake.predicted} ({mistake.score:.2f})")
    for file, reason in evaluation.unreadable[:_SHOWN]:
        _print_line(console, f"  {file}: not counted. {reason}")
    _print_line(console, f"Accuracy {100 * evaluation.accuracy:.2f} % of {evaluation.n} pictures.")


def _matrix(evaluation: Evaluation) -> Table:
    matrix = Table("actual \\ predicted", *(Column(cell(name)) for name in evaluation.class_names))
    for name, row in zip(evaluation.class_names, evaluation.confusion_matrix, strict=True):
        matrix.add_row(cell(name), *(str(count) for count in row))
    return matrix


def _print_line(console: Console, text: str) -> None:
    """One line, however narrow the terminal: a path that is cut in two cannot be copied."""
    console.print(cell(text), soft_wrap=True)
