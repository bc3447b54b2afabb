"""`python -m training audit`: looks for what is wrong with folders of pictures, before anything is trained on them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from recognizer.bulk.account import counted
from recognizer.bulk.image_files import PassedOver
from recognizer.errors import CallerError
from recognizer.folders import command_line
from recognizer.terminal import printable
from training.audit import quarantine
from training.commands.evaluate import add_data_option, folder_named, print_line
from training.data import dataset
from training.data.class_folders import refuse_unusable_unknown
from training.data.unknown_images import find_unknown
from training.errors import DatasetError

if TYPE_CHECKING:
    from training.audit.inspect import Audit
    from training.audit.quarantine import Move


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("audit", help="find broken, duplicate and dubious pictures")
    parser.description = (
        "Looks at every picture in DIR/<class>/ and says what is wrong, what is there twice and what to do. Changes"
        " nothing but with --quarantine. Exit code 0 whatever it finds."
    )
    add_data_option(parser, required=False)
    parser.add_argument(
        "--against",
        type=folder_named,
        nargs="+",
        default=[],
        metavar="DIR",
        help="test folders, of any structure: say which of their pictures are in --data as well",
    )
    parser.add_argument(
        "--unknown",
        type=folder_named,
        action="append",
        default=[],
        metavar="DIR",
        help="pictures of other things: say where they differ in size, shape, sharpness, JPEG quality or colours,"
        " which a model would learn instead",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON on standard output")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with the pictures side by side")
    parser.add_argument(
        "--passed-over", action="store_true", help="only list each file and folder that is passed over, and why"
    )
    parser.add_argument(
        "--quarantine",
        type=folder_named,
        metavar="DIR",
        help="move what should not be trained on into DIR, with its folders; nothing is deleted or replaced",
    )
    parser.add_argument("--undo", action="store_true", help="put what is in the --quarantine DIR back into --data DIR")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if options.undo:
        return _undo(options)
    if not options.data:
        raise CallerError("Say where the pictures are: --data DIR, with one folder in it for each class.")
    return _audit(options)


def _audit(options: argparse.Namespace) -> int:
    _check_paths(options)
    refuse_unusable_unknown(options.unknown, options.data)
    pictures = dataset.scan(*options.data)
    if options.passed_over:
        return _list(pictures.passed_over, options)
    dataset.tell(pictures)
    against = [image for folder in options.against for image in dataset.pictures_in(folder)]
    others = find_unknown(options.unknown, pictures.class_names, classes=pictures) if options.unknown else ()
    unknown = [picture.path for picture in others]
    from training.audit.inspect import inspect

    found = inspect(pictures, against, unknown)
    if options.html:
        from training.report import audit_page

        audit_page.write(options.html, found)
    moves = _move(found, options) if options.quarantine else []
    if options.json:
        from training.audit.to_json import record

        print(json.dumps(record(found, against=options.against, moves=moves), indent=1))
    else:
        _print(found, moves, options)
    return 0


def _list(passed_over: Sequence[PassedOver], options: argparse.Namespace) -> int:
    if options.json:
        from training.audit.to_json import passed_over_record

        print(json.dumps({"passed_over": [passed_over_record(entry) for entry in passed_over]}, indent=1))
    else:
        for entry in passed_over:
            print(printable(f"{entry.path}: {entry.reason}"))
    return 0


def _check_paths(options: argparse.Namespace) -> None:
    """Refuses folders and files that cannot be used, before any work is done."""
    for test, data in product(options.against, options.data):
        one, other = test.resolve(), data.resolve()
        if one.is_relative_to(other) or other.is_relative_to(one):
            raise DatasetError(f"{test} and {data} lie in each other. A test needs pictures of its own.")
    if options.quarantine:
        quarantine.check_folder(options.quarantine, (*options.data, *options.against, *options.unknown))
    if options.html:
        from training.report import audit_page

        audit_page.check_writable(options.html)


def _move(found: Audit, options: argparse.Namespace) -> list[Move]:
    moves: list[Move] = []
    for folder in found.dataset.folders:
        inside = {p: kind.code for p, kind in found.surplus().items() if found.dataset.folder_of(p) == folder}
        moves += quarantine.move(inside, data=folder, quarantine=options.quarantine)
    return moves


def _print(found: Audit, moves: Sequence[Move], options: argparse.Namespace) -> None:
    from training.audit.table import print_audit

    console = Console()
    print_audit(found, console)
    if options.html:
        print_line(console, f"The pictures, side by side: {options.html}")
    if options.quarantine:
        print_line(console, f"{_counted_were(len(moves))} moved to {options.quarantine}.")
    if moves:
        back = command_line("training", "audit", *_data(options), "--quarantine", options.quarantine, "--undo")
        print_line(console, f"To put them back: {back}")
    elif found.surplus() and not options.quarantine:
        folder = f"{options.data[0].resolve()}-quarantine"
        aside = command_line("training", "audit", *_given(options), "--quarantine", folder)
        print_line(console, f"To move {len(found.surplus())} pictures aside: {aside}")


def _counted_were(pictures: int) -> str:
    return f"{counted(pictures, 'picture')} {'was' if pictures == 1 else 'were'}"


def _given(options: argparse.Namespace) -> list[object]:
    against = ["--against", *options.against] if options.against else []
    return [*_data(options), *against]


def _data(options: argparse.Namespace) -> list[object]:
    return list(chain.from_iterable(("--data", folder) for folder in options.data))


def _undo(options: argparse.Namespace) -> int:
    if options.quarantine is None:
        raise CallerError("Say which quarantine is to be put back: --data DIR --quarantine DIR --undo")
    if not options.data:
        raise CallerError("Say which data folder the pictures go back into: --data DIR --quarantine DIR --undo")
    restored = quarantine.undo(options.quarantine, options.data)
    console = Console()
    for path, reason in restored.left:
        print_line(console, f"Left in quarantine: {path}. {reason}")
    print_line(console, f"{_counted_were(restored.back)} put back.")
    return 1 if restored.left else 0
