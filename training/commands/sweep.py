"""`python -m training sweep`: compares recipes on groups of pictures that they were not trained on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from recognizer.engines.quiet import load_tensorflow
from recognizer.model_file import artifact
from recognizer.registry import versions
from recognizer.terminal import cell, percent
from training.commands.evaluate import add_data_option, add_groups_option, print_line
from training.commands.fit import check_name, print_fit, refuse_among_pictures
from training.commands.ray_option import add_ray_option, machines
from training.commands.report import add_no_photographs_option
from training.data import class_folders
from training.data.groups import MAX_FOLDS, Grouping, refuse_unreadable
from training.errors import RecipeError, TrainingStopped
from training.progress import console
from training.sweep.candidates import Candidate, candidates
from training.trainer.run import RunOptions

if TYPE_CHECKING:
    from training.pipeline import Fit
    from training.sweep.comparison import Comparison
    from training.trainer.run import Machines

_MOST_SEEDS = 20


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("sweep", help="compare recipes on groups of pictures that they were not trained on")
    parser.description = (
        "Trains each recipe several times, each time without some of the groups, and says which one does best on those,"
        " and whether that is more than chance. Each result is kept: the same command goes on where it was stopped."
    )
    add_data_option(parser)
    add_groups_option(parser, what="which are left out together")
    parser.add_argument(
        "--recipe", action="append", default=[], metavar="NAME|FILE", help="a recipe to compare; repeatable"
    )
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="KEY=[VALUE,VALUE]",
        help="compare each recipe with each of these values of an option, such as 'head.l2=[0.1, 0.4]'; repeatable:"
        " every combination",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="overrides",
        metavar="KEY=VALUE",
        help="change one option of all of them; repeatable",
    )
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="leave groups out in N parts (default: 5)")
    parser.add_argument(
        "--seeds", type=int, default=2, metavar="N", help="train each recipe with N seeds on each part (default: 2)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="the folder where each result is kept (default: models/<first data folder>.sweep)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="train the best recipe on all pictures, into FILE")
    parser.add_argument("--overwrite", action="store_true", help="replace the file at --out, if there is one")
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")
    add_no_photographs_option(parser)
    add_ray_option(parser, "train, and compute the features")
    parser.set_defaults(run=_sweep)


def _sweep(options: argparse.Namespace) -> None:
    chosen = candidates(options.recipe or ["animals"], options.vary, options.overrides)
    keep = options.keep or versions.MODELS_DIR / f"{options.data[0].resolve().name}.sweep"
    _refuse_unusable(options, chosen, keep)
    try:
        with machines(options.ray) as others:
            compared = _compared(options, chosen, keep, others)
        _tell(compared, as_json=options.json)  # Before the last training: hours of work are shown if that fails.
        if options.out:
            with machines(options.ray) as others:
                fitted = _fit(options, chosen, compared, others)
            print_fit(fitted, Console(stderr=options.json))
    except KeyboardInterrupt:
        raise TrainingStopped(f"What is done is kept in {keep}. The same command goes on with the rest.") from None


def _refuse_unusable(options: argparse.Namespace, chosen: tuple[Candidate, ...], keep: Path) -> None:
    """Before any picture is looked at."""
    if not 1 <= options.seeds <= _MOST_SEEDS:
        raise RecipeError(f"Expected --seeds of 1 to {_MOST_SEEDS}. Received: {options.seeds}")
    if not 2 <= options.folds <= MAX_FOLDS:
        raise RecipeError(f"Expected --folds of 2 to {MAX_FOLDS}. Received: {options.folds}")
    if options.groups:
        refuse_unreadable(options.groups)
    refuse_among_pictures("--keep", keep, options.data)
    class_folders.find_class_folders(options.data)
    if options.out:
        for candidate in chosen:
            unknown = [Path(folder) for folder in candidate.recipe.rejection.unknown or ()]
            class_folders.refuse_unusable_unknown(unknown, options.data)
        refuse_among_pictures("--out", options.out, options.data)
        artifact.check_writable(options.out)
        check_name(options.out)
        if options.out.exists() and not options.overwrite:
            raise RecipeError(f"{options.out} exists already. Choose another --out, or add --overwrite.")


def _compared(
    options: argparse.Namespace, chosen: tuple[Candidate, ...], keep: Path, others: Machines | None
) -> Comparison:
    load_tensorflow()
    from training.sweep import run
    from training.sweep.comparison import compare

    sweep = run.prepare(options.data, chosen, groups=options.groups, seeds=options.seeds, folds=options.folds)
    results = run.one_after_another
    if others is not None:
        from training.cluster.trials import on_cluster as results
    keep.mkdir(parents=True, exist_ok=True)
    return compare(run.run(sweep, keep, machines=others, results=results), groups=sweep.groups)


def _fit(
    options: argparse.Namespace, chosen: tuple[Candidate, ...], compared: Comparison, others: Machines | None
) -> Fit:
    """Trains the best recipe on all pictures."""
    from training.pipeline import fit

    best = next(candidate for candidate in chosen if candidate.name == compared.winner.name)
    print_line(console, f"Training {best.name} on all pictures.")
    grouping = Grouping(options.groups) if options.groups else None
    return fit(
        options.data,
        best.recipe,
        options.out,
        grouping=grouping,
        photographs=options.photographs,
        options=RunOptions(overwrite=True, machines=others),
    )


def _tell(compared: Comparison, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(compared.to_dict(), indent=1))
        return
    numbers = ("right", "95 %", "trained on", "lead", "p", "CPU s")
    table = Table(Column("recipe", overflow="fold"), *(Column(name, justify="right") for name in numbers))
    differences = {difference.name: difference for difference in compared.differences}
    for row in compared.rows:
        lead = differences.get(row.name)
        table.add_row(
            cell(row.name),
            percent(row.mean),
            f"{100 * row.interval[0]:.1f} to {100 * row.interval[1]:.1f}",
            percent(row.held_back),
            f"{100 * lead.gain:.1f}" if lead else "",
            f"{lead.p_value:.2g}" if lead else "",
            f"{row.cpu_s:.1f}",
        )
    output = Console()
    output.print(table)
    print_line(output, compared.verdict())
