"""`python -m training evaluate`: measures a model file on folders of pictures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Column, Table

from recognizer.terminal import cell, percent
from training.data import dataset, groups
from training.data.class_folders import refuse_unusable_unknown
from training.data.sources import find_sources

if TYPE_CHECKING:
    from recognizer import Recognizer
    from training.evaluation.by_source import BySource
    from training.evaluation.compare import Comparison
    from training.evaluation.confidence_intervals import Interval, Share
    from training.evaluation.evaluate import Evaluation
    from training.evaluation.open_set import OpenSetEvaluation

_SHOWN = 10


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("evaluate", help="measure a model file on folders of pictures")
    parser.description = (
        "Classifies every picture in DIR/<class>/ as serving does and compares the answers with the folders."
        " What stands in brackets are 95 % confidence intervals."
    )
    add_pictures_options(parser)
    parser.add_argument(
        "--compare", type=Path, metavar="OLD.h5", help="another model: say whether FILE is really better than that"
    )
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")
    parser.set_defaults(run=_evaluate)


def add_pictures_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options for the model and for the pictures that it is asked about."""
    parser.add_argument("model", type=Path, metavar="FILE", help="a model file, such as models/animals-3.h5")
    add_data_option(parser)
    add_groups_option(parser, what="which are counted together, the worst first")
    parser.add_argument(
        "--unknown",
        type=folder_named,
        action="append",
        default=[],
        metavar="DIR",
        help="pictures of other things, in any folders: how many of them are taken for one of the classes;"
        " told apart by the name before a last number, fox-012.jpg, or by their folder; repeatable",
    )
    parser.add_argument(
        "--reference", action="store_true", help="measure the Keras network itself instead of its compiled graph"
    )
    parser.add_argument(
        "--no-second-look",
        action="store_false",
        dest="second_look",
        help="measure one look at each picture; else an unsure answer looks again, as in serving",
    )


def folder_named(text: str) -> Path:
    """The folder that an option names. None at all would be the current one: a variable of a shell is easily empty.

    Raises:
        ArgumentTypeError: the text is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError("Expected a folder. Received: ''. The current one is called .")
    return Path(text)


def add_data_option(
    parser: argparse.ArgumentParser, *, required: bool = True, what: str = "DIR/cat/*.jpg, DIR/dog/*.jpg, ..."
) -> None:
    """Adds the option for the class folders."""
    parser.add_argument(
        "--data",
        type=folder_named,
        action="append",
        required=required,
        metavar="DIR",
        help=f"{what}; repeatable: folders of the same name are one class, and where a picture is in two classes, the"
        " last DIR that has it counts",
    )


def add_groups_option(parser: argparse.ArgumentParser, *, what: str = "which are held back together") -> None:
    """Adds the option for the groups of pictures that belong together."""
    parser.add_argument(
        "--groups",
        metavar="PATTERN|CSV",
        help=f"pictures of one source, animal, camera or day, {what}: a regular expression on the path below DIR whose"
        " parentheses catch the group's name, or a .csv file with the columns file and group; by itself it"
        " takes folders inside the class folders, or a MANIFEST.tsv",
    )


def open_model(options: argparse.Namespace, model: Path | None = None) -> Recognizer:
    """Opens `model`, by default the one that was asked for, with the engine that was asked for."""
    from recognizer import Recognizer

    opener = Recognizer.open_reference if options.reference else Recognizer.open
    return opener(model or options.model, second_look=options.second_look)


def find_pictures(options: argparse.Namespace) -> dataset.Dataset:
    """The pictures that the model is asked about, told; folders that cannot be used are refused first of all."""
    refuse_unusable_unknown(options.unknown, options.data)
    if options.groups:
        groups.refuse_unreadable(options.groups)
    pictures = dataset.scan(*options.data)
    dataset.tell(pictures)
    return pictures


def find_groups(options: argparse.Namespace, pictures: dataset.Dataset) -> dict[Path, str] | None:
    """Where each picture comes from, as it was said or is plain to see; None where nobody knows."""
    if options.groups:
        found: groups.Groups | None = groups.read_groups(options.groups, pictures)
    else:
        found = find_sources(pictures, what_for="each has its own figures")
    return None if found is None else {image.path: source for image, source in found.items()}


def _evaluate(options: argparse.Namespace) -> None:
    pictures = find_pictures(options)
    sources = find_groups(options, pictures)
    recognizer = open_model(options)
    old_recognizer = open_model(options, options.compare) if options.compare else None
    from training.evaluation.by_source import by_source
    from training.evaluation.compare import compare
    from training.evaluation.evaluate import evaluate
    from training.evaluation.open_set import evaluate_open_set

    evaluation = evaluate(recognizer, pictures)
    unknown = evaluate_open_set(recognizer, options.unknown, pictures) if options.unknown else None
    compared = compare(evaluation, evaluate(old_recognizer, pictures)) if old_recognizer else None
    divided = by_source(evaluation, sources) if sources else None
    if options.json:
        record = {"model": recognizer.model_info(), **_record(evaluation, divided, unknown, compared)}
        print(json.dumps(record, indent=1))
    else:
        print_evaluation(evaluation, Console(), divided=divided, unknown=unknown, compared=compared)


def _record(
    evaluation: Evaluation,
    divided: BySource | None,
    unknown: OpenSetEvaluation | None,
    compared: Comparison | None,
) -> dict[str, Any]:
    record = evaluation.to_dict()
    if divided is not None:
        record["by_source"] = divided.to_dict()
    if unknown is not None:
        record["unknown"] = unknown.to_dict(evaluation.answered)
    if compared is not None:
        record["comparison"] = compared.to_dict()
    return record


def print_evaluation(
    evaluation: Evaluation,
    console: Console,
    *,
    divided: BySource | None = None,
    unknown: OpenSetEvaluation | None = None,
    compared: Comparison | None = None,
) -> None:
    """Prints an evaluation for people: tables, mistakes, reliability, accuracy."""
    console.print(_per_class(evaluation))
    if len(evaluation.class_names) <= _SHOWN:  # More columns than a terminal is wide say nothing.
        console.print(_matrix(evaluation))
    for mistake in evaluation.mistakes[:_SHOWN]:
        print_line(console, f"  {mistake.file}: taken for {mistake.predicted} ({mistake.score:.2f})")
    for file, reason in evaluation.unreadable[:_SHOWN]:
        print_line(console, f"  {file}: not counted. {reason}")
    _print_reliability(evaluation, console)
    if divided is not None:
        _print_by_source(divided, console)
    if unknown is not None:
        _print_unknown(evaluation, unknown, console)
    if compared is not None:
        _print_comparison(compared, console)
    print_line(console, f"Accuracy {_percent(evaluation.correct, 2)} of {evaluation.n} pictures.")


def _per_class(evaluation: Evaluation) -> Table:
    table = Table("class", "precision", "recall", "F1", "pictures")
    for figures in evaluation.classes:
        f1 = f"{percent(figures.f1)}{_range(figures.f1_interval)}"
        table.add_row(cell(figures.name), _percent(figures.precision), _percent(figures.recall), f1, str(figures.n))
    return table


def _matrix(evaluation: Evaluation) -> Table:
    matrix = Table("actual \\ predicted", *(Column(cell(name)) for name in evaluation.class_names))
    for name, row in zip(evaluation.class_names, evaluation.confusion_matrix, strict=True):
        matrix.add_row(cell(name), *(str(count) for count in row))
    return matrix


def _print_reliability(evaluation: Evaluation, console: Console) -> None:
    figures = evaluation.reliability
    print_line(
        console,
        f"Scores are off by {figures.equal_mass.error:.4f} on average (expected calibration error, 15 bins of equal"
        f" mass; up to {figures.equal_mass.error_by_chance:.4f} by chance alone; bins of equal width:"
        f" {figures.equal_width.error:.4f}). Log loss {figures.log_loss:.4f}, Brier score {figures.brier:.4f}.",
    )


def _print_by_source(divided: BySource, console: Console) -> None:
    table = Table("source", "right", "accepted", "pictures")
    table.caption = "The worst first, by the lower of the two shares."
    for row in divided.rows[:_SHOWN]:
        table.add_row(cell(row.title), _percent(row.right), _percent(row.accepted), str(row.right.whole))
    console.print(table)
    if len(divided.rows) > _SHOWN:
        print_line(console, f"  {len(divided.rows) - _SHOWN} more; --json has them all.")
    print_line(console, divided.sentence())


def _print_unknown(evaluation: Evaluation, unknown: OpenSetEvaluation, console: Console) -> None:
    from training.evaluation.open_set import separation

    table = Table("none of the classes", "taken for one", "pictures")
    for folder, share in unknown.by_folder.items():
        table.add_row(cell(folder), _percent(share), str(share.whole), style="bold")
        for kind in unknown.by_kind:
            if kind.folder == folder:
                table.add_row(cell(f"  {kind.name}"), _percent(kind.accepted), str(kind.accepted.whole))
    console.print(table)
    separated = separation(evaluation.answered, unknown.pictures)
    print_line(
        console,
        f"Taken for one of the classes: {_percent(unknown.accepted)} of {len(unknown.pictures)} unknown pictures,"
        f" {_percent(evaluation.accepted)} of the known ones. By {separated.score}: AUROC {separated.auroc:.4f};"
        f" {percent(separated.accepted_at_95)} of the unknown where 95 % of the known are accepted.",
    )


def _print_comparison(compared: Comparison, console: Console) -> None:
    for pair in compared.differences[:_SHOWN]:
        print_line(console, f"  {pair.new.file}: new {_answer(pair.new)}, old {_answer(pair.old)}")
    if len(compared.differences) > _SHOWN:
        print_line(console, f"  {len(compared.differences) - _SHOWN} more; --json names them all.")
    low, high = (100 * bound for bound in compared.gain_interval)
    print_line(console, f"{compared.verdict()} Accuracy {100 * compared.gain:+.2f} points [{low:+.2f} to {high:+.2f}].")


def _answer(picture: Any) -> str:
    return f"{picture.predicted} ({picture.score:.2f})"


def _percent(share: Share, digits: int = 1) -> str:
    if not share.whole:
        return "-"
    return f"{percent(share.value, digits)}{_range(share.interval, digits)}"


def _range(interval: Interval | None, digits: int = 1) -> str:
    return "" if interval is None else f" [{100 * interval[0]:.{digits}f}-{100 * interval[1]:.{digits}f}]"


def print_line(console: Console, text: str) -> None:
    """Prints one line, however narrow the terminal: a path that is cut in two cannot be copied."""
    console.print(cell(text), soft_wrap=True)
