"""`python -m training fit`: trains a model on folders of pictures."""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from recognizer.architectures import ARCHITECTURES
from recognizer.commands.compile_graph import comparison
from recognizer.commands.events import told
from recognizer.engines.quiet import load_tensorflow
from recognizer.folders import command_line, serve_line
from recognizer.model_file import artifact
from recognizer.model_file.metadata import MAX_NAME_LENGTH
from recognizer.registry import versions
from recognizer.terminal import cell
from training import config, progress
from training.commands.calibrate import add_unknown_option, print_calibration, with_unknown
from training.commands.evaluate import add_data_option, add_groups_option, print_evaluation, print_line
from training.commands.ray_option import add_ray_option, machines
from training.commands.report import add_no_photographs_option
from training.data import class_folders
from training.data.earlier_split import read_split
from training.data.groups import Grouping
from training.errors import DatasetError, RecipeError, RunError, TrainingStopped
from training.network.starting_weights import refuse_unfit
from training.trainer import run

if TYPE_CHECKING:
    from training.outcome import Asked
    from training.pipeline import Fit

_SHOWN = 10
# Options that say where to start, and are left out when going on.
_STARTS = ("--resume", "--finish", "--overwrite")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("fit", help="train a model on folders of pictures, one folder a class")
    parser.description = (
        "Trains a model on folders of pictures, one folder a class, and writes one H5 file and a report beside it. By"
        " default it starts from the model in models/, so it needs no internet."
    )
    parser.epilog = "Options for --set: " + ", ".join(config.option_names())
    add_data_option(parser)
    parser.add_argument(
        "--recipe", default="animals", metavar="NAME|FILE", help=f"{', '.join(config.names())}, or a TOML file"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the model file to write (default: models/<first data folder>-1.h5, or -2 ...)",
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
    add_groups_option(parser)
    parser.add_argument(
        "--folds",
        type=int,
        default=0,
        metavar="N",
        help="train N times more, each time without some of the --groups, and say how it does on those",
    )
    parser.add_argument(
        "--keep-split",
        type=Path,
        metavar="CSV",
        help="hold back the pictures that an earlier training held back, and new ones before any that it was trained"
        " on: a table with the columns sha256 and part, such as the pictures.csv of a training of Studio",
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--overwrite", action="store_true", help="replace the file at --out if there is one, and an unfinished training"
    )
    start.add_argument("--resume", action="store_true", help="go on with a training that was not finished")
    parser.add_argument(
        "--finish", action="store_true", help="train no more: make a model of the best so far of an unfinished training"
    )
    parser.add_argument(
        "--finish-when",
        type=Path,
        metavar="FILE",
        help="train no more as soon as FILE is there (touch FILE), and make a model of the best so far",
    )
    parser.add_argument(
        "--checkpoint-min",
        type=_minutes,
        default=run.RunOptions.checkpoint_min,
        metavar="MINUTES",
        help="how often to keep the state within an epoch (default: %(default)g)",
    )
    parser.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="write the course of the training for TensorBoard"
    )
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        nargs="+",
        type=Path,
        metavar=("OLD.h5", "SEEN.txt"),
        help="another model: say whether the new one is really better on the pictures held back. SEEN.txt has the"
        " SHA-256 of each picture that OLD.h5 was trained on, one a line: those do not count; repeatable",
    )
    parser.add_argument("--events", type=Path, metavar="FILE", help="write progress there, a JSON object a line")
    parser.add_argument(
        "--outcome",
        type=Path,
        metavar="FILE",
        help="write there, as JSON, what became of each picture: trained on, or held back and answered how",
    )
    add_no_photographs_option(parser)
    add_ray_option(parser, "compute the features and share the steps of fine-tuning")
    parser.set_defaults(run=_fit)


def _minutes(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"Expected minutes, 0 or more. Received: {text!r}")


def _fit(options: argparse.Namespace) -> None:
    with told(options.events) as events, progress.telling(events):
        progress.tell("started")
        print_fit(_fitted(options), Console())


def _fitted(options: argparse.Namespace) -> Fit:
    recipe = with_unknown(config.load(options.recipe, options.overrides), options.unknown)
    grouping = _grouping(options)
    if options.folds and recipe.time_budget_min:
        raise RecipeError("--folds takes as many trainings more: leave out either it or time_budget_min.")
    resume = options.resume or options.finish
    from training import outcome  # Here: it loads SciPy.

    asked = _asked(options)
    before = read_split(options.keep_split) if options.keep_split else None
    out = options.out or (_last_unfinished if resume else _free_name)(options.data[0])
    if out.exists() and not options.overwrite and not (resume and run.is_unfinished(out)):
        raise RecipeError(f"{out} exists already. Choose another --out, or add --overwrite.")
    if options.finish and not run.is_unfinished(out):
        raise RunError(f"There is no unfinished training in {run.beside(out)}.")
    check_name(out)
    _refuse_unusable(options.data, recipe, out)
    for folder in (options.tensorboard, *options.tensorboard.parents) if options.tensorboard else ():
        class_folders.refuse_no_text(folder)  # TensorFlow wants one that is text.
    if options.outcome:
        outcome.check_writable(options.outcome, out)
    run_options = run.RunOptions(
        resume=resume,
        overwrite=options.overwrite,
        finish=options.finish,
        finish_when=options.finish_when,
        checkpoint_min=options.checkpoint_min,
        tensorboard=options.tensorboard,
    )
    try:
        with machines(options.ray) as others:
            load_tensorflow()  # Not before: it takes seconds, and --help should not.
            from training.pipeline import fit

            result = fit(
                options.data,
                recipe,
                out,
                grouping=grouping,
                photographs=options.photographs,
                options=replace(run_options, machines=others),
                asked=asked,
                before=before,
            )
    except KeyboardInterrupt:
        raise TrainingStopped(_what_now(out, sys.argv[1:])) from None
    correct = result.served.correct
    progress.tell("done", model=str(result.path), report=str(result.report), right=correct.part, of=correct.whole)
    return result


def _refuse_unusable(folders: Sequence[Path], recipe: config.Recipe, out: Path) -> None:
    """Refuses folders and weights that cannot be trained with; the training does so too, but loads TensorFlow first."""
    refuse_among_pictures("--out", out, folders)
    if recipe.architecture in ARCHITECTURES:
        refuse_unfit(recipe.architecture, recipe.weights)
    class_folders.find_class_folders(folders)
    class_folders.refuse_unusable_unknown([Path(folder) for folder in recipe.rejection.unknown or ()], folders)


def refuse_among_pictures(option: str, place: Path, folders: Sequence[Path]) -> None:
    """Refuses a place in a data folder: what is written there would be taken for a class the next time.

    Args:
        option: that names the place.
        place: of a file or folder to be written.
        folders: the data folders.

    Raises:
        RecipeError: it lies in one of them.
    """
    for folder in folders:
        if place.resolve().is_relative_to(folder.resolve()):
            raise RecipeError(
                f"{place} would lie among the pictures in {folder}, and what is kept beside it would be taken for a"
                f" class. Choose another {option}."
            )


def _grouping(options: argparse.Namespace) -> Grouping | None:
    if options.folds and not options.groups:
        raise DatasetError("Say which pictures belong together, so that --folds can leave them out: --groups.")
    return Grouping(options.groups, folds=options.folds) if options.groups else None


def _asked(options: argparse.Namespace) -> Asked:
    """What is to be told of the pictures; models to compare with are refused before any picture is looked at."""
    from training.outcome import Asked, Rival, read_seen  # Here: it loads SciPy.

    found = []
    for model, *seen in options.compare:
        if len(seen) > 1:
            raise RecipeError(f"Expected --compare OLD.h5 SEEN.txt. Received: {len(seen) + 1} files.")
        artifact.read(model)
        found.append(Rival(model, read_seen(seen[0]) if seen else frozenset()))
    return Asked(options.outcome, tuple(found))


def _what_now(out: Path, arguments: Sequence[str]) -> str:
    """After somebody has stopped it."""
    if not run.is_unfinished(out):
        return "Nothing was written."
    asked = [argument for argument in arguments if argument not in _STARTS]
    if not any(argument.startswith("--out") for argument in asked):
        asked += ["--out", str(out)]
    command = command_line("training", *asked, "--resume")
    return (
        f"What is done is kept in {run.beside(out)}. Go on with: {command} (and --finish to make a model of the"
        " best so far, without more training)"
    )


def print_fit(result: Fit, console: Console) -> None:
    """Prints how a training ended."""
    for image, problem in result.audit.left_out[:_SHOWN]:
        console.print("[yellow]Left out:[/]", cell(f"{image.path}: {problem}"), soft_wrap=True)
    if len(result.audit.left_out) > _SHOWN:
        console.print(f"[yellow]Left out:[/] {len(result.audit.left_out) - _SHOWN} more.")
    console.print("\nOn the pictures held back for validation:")
    print_evaluation(result.evaluation, console)
    console.print("\nThe graph that serves it, compared with Keras on pictures held back:")
    console.print(comparison(result.parity))
    print_calibration(result.calibration, console)
    for compared in result.compared:
        print_line(console, compared.sentence())
    if result.cross_validation:
        print_line(console, result.cross_validation.sentence())
    print_line(console, f"How good it is, on one page: {result.report}")
    print_line(console, f"Written: {result.path}. Serve it with: {serve_line(result.path)}")


def check_name(out: Path) -> None:
    """Refuses a model file whose name says no name and version.

    Raises:
        FileNameError: it does not.
    """
    from recognizer.registry.file_names import name_and_version

    name_and_version(out)


def _free_name(data: Path) -> Path:
    """The first `models/<folder>-<n>.h5` that is not there yet."""
    return next(path for path in _names(data) if not path.exists())


def _last_unfinished(data: Path) -> Path:
    """The last of those names whose training was not finished; without any, the free one."""
    tried = itertools.takewhile(lambda path: path.exists() or run.is_unfinished(path), _names(data))
    unfinished = [path for path in tried if run.is_unfinished(path)]
    return unfinished[-1] if unfinished else _free_name(data)


def _names(data: Path) -> Iterator[Path]:
    letters = "".join(c if c.isalnum() and c.isascii() else "_" for c in data.resolve().name).strip("_")
    name = letters[:MAX_NAME_LENGTH] or "model"
    return (versions.MODELS_DIR / f"{name}-{number}.h5" for number in itertools.count(1))
