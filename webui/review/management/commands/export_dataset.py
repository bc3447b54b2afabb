"""`manage.py export_dataset DIR`: accepted corrections as folders of pictures to train with."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recognizer.folders import command_line
from webui.review import dataset, dataset_folder
from webui.review.dataset import Selection
from webui.review.dataset_folder import NotAnExport, Written

_SHOWN = 20


class Command(BaseCommand):
    """The command `export_dataset`."""

    help = "Writes accepted corrections into a folder that a training takes, or adds new ones to it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the folder and the options."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="a new or empty folder, or an earlier export")
        parser.add_argument("--since", metavar="DATE", type=_date, help="only those reviewed on this day or later")
        parser.add_argument("--model", metavar="NAME", default="", help="only answers of this model: animals-1")
        parser.add_argument(
            "--include-right",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="take answers that were right, too (default)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes the data set, and says what became of it."""
        folder = options["folder"]
        selection = Selection(options["since"], options["model"], include_right=options["include_right"])
        try:
            written = dataset_folder.write(folder, dataset.items(selection))
        except NotAnExport as err:
            raise CommandError(str(err), returncode=2) from err
        except OSError as err:
            raise CommandError(f"{err}. What was written before stays; run the command again.") from err
        self._say_missing(folder, written)
        self.stdout.write(_summary(folder, written))

    def _say_missing(self, folder: Path, written: Written) -> None:
        lines = [f"Passed over: {item}" for item in written.missing]
        lines += [f"Not accepted any more, remove it if you agree: {folder / place}" for place in written.stale]
        for line in lines[:_SHOWN]:
            self.stderr.write(line)
        if len(lines) > _SHOWN:
            self.stderr.write(f"... and {len(lines) - _SHOWN} more.")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(f"Expected a date like 2026-01-31. Received: {text!r}") from err


def _summary(folder: Path, written: Written) -> str:
    total = written.new + written.moved + written.same
    counts = f"{written.new} new, {written.moved} in another class than before, {written.same} there already"
    if not total:
        return f"There are no accepted corrections to write; {folder} has none of them."
    is_enough = sum(1 for _ in (folder / dataset.UNKNOWN).iterdir()) >= dataset.ENOUGH_UNKNOWN
    unknown = ["--unknown", folder / dataset.UNKNOWN] if is_enough else []
    data = ["--data", "ORIGINAL", "--data", folder / dataset.CLASSES]
    return (
        f"{total} pictures in {folder}: {counts}, {len(written.missing)} passed over.\n"
        f"Train with them and the original pictures: {command_line('training', 'fit', *data, *unknown)}"
    )
