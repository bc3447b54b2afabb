"""`python -m training calibrate`: chooses the temperature and the rejection threshold of a finished model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from recognizer import files
from recognizer.errors import CallerError
from recognizer.folders import serve_line
from recognizer.model_file import artifact, results
from recognizer.model_file.class_names import alike, known_as
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.rejection_record import Method, Rejection, Spread
from recognizer.registry.file_names import name_and_version
from recognizer.terminal import cell
from training import config, plan, progress
from training.commands.evaluate import add_data_option, add_groups_option, folder_named, print_line
from training.data import dataset, groups, split, unknown_images
from training.data.class_folders import refuse_no_text, refuse_unusable_unknown
from training.data.dataset import Dataset
from training.data.groups import Groups
from training.data.sources import find_sources
from training.data.split import Sources, Split
from training.errors import DatasetError

if TYPE_CHECKING:
    from training.audit.inspect import Audit
    from training.calibration.calibrate import Calibration

_WORDS: dict[Method, str] = {
    "maximum_probability": "maximum probability",
    "energy": "energy of the logits",
    "mahalanobis": "Mahalanobis distance",
    "neighbours": "nearest neighbours",
    "rejection_head": "a rejection head on what the backbone knew first",
    "neighbours_and_unknown": "neighbours, shown unknown pictures",
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("calibrate", help='teach a finished model to say "none of these"')
    parser.description = (
        "Chooses on pictures held back from training how sure a model's scores are, and when a picture is none of its"
        " classes. Its weights stay as they are. `fit` does this too."
    )
    parser.add_argument("model", type=Path, metavar="FILE", help="a model file, such as models/animals-3.h5")
    add_data_option(parser, what="what it was trained on: DIR/cat/*.jpg")
    add_unknown_option(parser)
    add_groups_option(parser)
    parser.add_argument(
        "--accepted-share",
        type=float,
        default=None,
        metavar="SHARE",
        help="share of the pictures left out that is to be accepted as one of the classes (default: 0.975 where the"
        " backbone has a head of its own and sources are known, else 0.95)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="the model file to write (default: FILE itself)")
    parser.add_argument("--overwrite", action="store_true", help="replace another file at --out if there is one")
    parser.set_defaults(run=_calibrate)


def add_unknown_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option for the folders of unknown pictures."""
    parser.add_argument(
        "--unknown",
        type=folder_named,
        action="append",
        default=[],
        metavar="DIR",
        help="pictures of other things, in any folders, to learn from what is none of the classes; told apart by the"
        " name before a last number, fox-012.jpg, or by their folder; repeatable",
    )


def _calibrate(options: argparse.Namespace) -> None:
    overrides = [] if options.accepted_share is None else [f"rejection.accepted_share={options.accepted_share}"]
    recipe = with_unknown(config.load("animals", overrides), options.unknown)
    out = options.out or options.model
    _refuse_unusable(options, out)
    pictures = dataset.scan(*options.data)
    dataset.tell(pictures)
    metadata = artifact.read(options.model).metadata
    known = labelled_as(metadata, pictures)
    from training.audit import inspect
    from training.calibration.calibrate import calibrate

    others = (
        unknown_images.find_enough_unknown(options.unknown, metadata.class_names, classes=pictures)
        if options.unknown
        else ()
    )
    audited = inspect.audit(known, [picture.path for picture in others])
    for line in plan.unlike(audited):
        progress.console.print(line, soft_wrap=True, markup=False)
    named = groups.read_groups(options.groups, audited.dataset) if options.groups else find_sources(audited.dataset)
    parts, seed = parts_of(metadata, audited, named)
    sources = _sources(audited, named, seed, asked_for=bool(options.groups)) if named else None
    console = Console()
    found = calibrate(
        options.model,
        out,
        parts,
        recipe.model_copy(update={"seed": seed}),
        copies=audited.groups,
        sources=sources,
    )
    print_calibration(found, console)
    print_line(console, f"Written: {out}. Serve it with: {serve_line(out)}")


def _sources(audited: Audit, named: Groups, seed: int, *, asked_for: bool) -> Sources:
    """Groups that somebody named are left out, or refused; those that were found may be too few for it."""
    pictures, copies = audited.dataset, audited.groups
    if asked_for:
        return Sources(named, split.left_out(pictures, named, copies=copies, seed=seed))
    return split.leave_out(pictures, named, copies=copies, seed=seed)


def _refuse_unusable(options: argparse.Namespace, out: Path) -> None:
    """Before any picture is looked at."""
    name_and_version(out)
    if out.exists() and not files.is_same(out, options.model) and not options.overwrite:
        raise CallerError(f"{out} exists already. Choose another --out, or add --overwrite.")
    artifact.check_writable(out)
    refuse_unusable_unknown(options.unknown, options.data)
    if options.groups:
        groups.refuse_unreadable(options.groups)


def with_unknown(recipe: config.Recipe, folders: Sequence[Path]) -> config.Recipe:
    """The recipe with the folders of unknown pictures that were given on the command line, if there were any.

    Raises:
        DatasetError: the name of one is not UTF-8.
    """
    if not folders:
        return recipe
    for folder in chain.from_iterable((folder, *folder.parents) for folder in folders):
        refuse_no_text(folder)
    unknown = tuple(map(str, folders))
    return recipe.model_copy(update={"rejection": recipe.rejection.model_copy(update={"unknown": unknown})})


def labelled_as(metadata: ModelMetadata, pictures: Dataset) -> Dataset:
    """A data set with its classes numbered as a model has them.

    Raises:
        DatasetError: the folders are not the model's classes.
    """
    known = [known_as(name, metadata.class_names) for name in pictures.class_names]
    if set(known) != set(metadata.class_names):
        raise DatasetError(
            f"Expected a folder for each class that the model knows: {', '.join(metadata.class_names)}."
            f" Received: {', '.join(pictures.class_names)}.{alike(pictures.class_names, metadata.class_names)}"
            " Pictures of other things go to --unknown."
        )
    number = [metadata.class_names.index(name) for name in known if name is not None]
    images = tuple(replace(image, label=number[image.label]) for image in pictures.images)
    return replace(pictures, class_names=metadata.class_names, images=images, superseded=())


def parts_of(metadata: ModelMetadata, audited: Audit, named: Groups | None = None) -> tuple[Split, int]:
    """Divides the pictures as the training did, and says so where that cannot be; with the training's seed."""
    origin, default = metadata.origin, config.Recipe()
    recipe, data = origin.recipe or results.Recipe(), origin.data or results.Data()
    seed = default.seed if recipe.seed is None else recipe.seed
    fraction = default.validation_fraction if recipe.validation_fraction is None else recipe.validation_fraction
    pictures, copies = audited.dataset, audited.groups
    by_copies = split.by_content(pictures, validation_fraction=fraction, seed=seed, groups=copies)
    ways = [by_copies]
    if named is not None:
        with suppress(DatasetError):  # By such groups it cannot have been divided.
            ways.append(split.by_group(pictures, named, copies=copies, fraction=fraction, seed=seed))
    for parts in ways:
        if Dataset(pictures.class_names, parts.validation).digest() == data.validation_digest:
            return parts, seed
    # The first models do not name their validation pictures; their near duplicates were not kept together.
    if data.validation_digest is None and data.digest == pictures.digest():
        return split.by_content(pictures, validation_fraction=fraction, seed=seed), seed
    progress.console.print(
        "[yellow]These are not just the pictures that the model was trained on[/], or it was trained with other"
        " --groups. Some of those may be among the pictures held back: scores will then be too sure, and pictures"
        " from elsewhere more often turned away."
    )
    return by_copies, seed


def print_calibration(found: Calibration, console: Console) -> None:
    """Prints the temperature and the rejection that were chosen, and how the methods compare."""
    if found.rejection.comparison:
        console.print(_comparison(found.rejection))
    before, after = (error.expected_calibration_error for error in (found.errors.before, found.errors.after))
    print_line(
        console,
        f"Expected calibration error on {found.errors.pictures} pictures held back: {before:.4f} before,"
        f" {after:.4f} now (temperature {found.temperature:.3g}).",
    )
    print_line(
        console,
        f"None of the classes: by {_WORDS[found.rejection.method]}, so that"
        f" {100 * found.rejection.accepted_share:g} % of {_judged(found.rejection)} are accepted."
        + (
            ""
            if found.rejection.left_out
            else " Of pictures from other sources it will be fewer; --groups sees to that."
        ),
    )
    if expected := _new_sources(found.by_source):
        print_line(console, expected)


def _new_sources(found: results.BySource | None) -> str:
    if found is None:
        return ""
    from training.evaluation.new_source import sentence

    return sentence(*(sources.expected if sources else None for sources in (found.right, found.accepted)))


def _judged(rejection: Rejection) -> str:
    return "the pictures of sources left out" if rejection.left_out else "the pictures held back"


def _comparison(rejection: Rejection) -> Table:
    folders = list(rejection.comparison[0].unknown)
    table = Table("accepted as one of the classes", *(Column(cell(folder)) for folder in folders))
    table.caption = (
        f"Of pictures of other things, {rejection.judged_on}; mean of {rejection.trials} trials,"
        f" lowest and highest. The threshold accepts {100 * rejection.accepted_share:g} % of {_judged(rejection)}."
    )
    for row in rejection.comparison:
        chosen = "bold" if row.method == rejection.method else ""
        table.add_row(_WORDS[row.method], *(_percent(row.unknown[folder]) for folder in folders), style=chosen)
    return table


def _percent(spread: Spread) -> str:
    mean, lowest, highest = (f"{100 * share:.1f}" for share in (spread.mean, spread.lowest, spread.highest))
    return f"{mean} % ({lowest}-{highest})"
