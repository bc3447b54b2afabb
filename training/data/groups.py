"""Reads the groups of pictures that belong together: those of one source, animal, camera or day.

--groups 'PATTERN'    a regular expression on the path below the data folder; what its parentheses catch is the group
--groups FILE.csv     two columns, file and group, with commas, semicolons or tabs between them
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from recognizer import files
from recognizer.terminal import printable
from training.data.dataset import Dataset, LabelledImage
from training.errors import DatasetError

Groups = Mapping[LabelledImage, str]
"""The name of the group of every picture of a data set."""

MAX_FOLDS = 20

_TABLES = (".csv", ".tsv")
# Where numbers have commas, spreadsheets put semicolons between cells.
_DELIMITERS = (",", ";", "\t", "|")
_SHOWN = 3
_MAX_SHOWN = 80


@dataclass(frozen=True)
class Grouping:
    """How pictures are grouped, and how many folds of a cross-validation leave groups out."""

    pattern_or_file: str
    """A regular expression, or a table; see `read_groups`."""
    folds: int = 0
    """Trainings of the cross-validation, each without some of the groups; 0: there is none."""

    def __post_init__(self) -> None:
        refuse_unreadable(self.pattern_or_file)
        if self.folds and not 2 <= self.folds <= MAX_FOLDS:
            raise DatasetError(f"Expected 2 to {MAX_FOLDS} folds. Received: folds={self.folds}")


def refuse_unreadable(pattern_or_file: str) -> None:
    """Refuses what is neither a table nor an expression with parentheses, before any picture is looked at.

    Raises:
        DatasetError: it is.
    """
    if _is_table(pattern_or_file):
        _read(Path(pattern_or_file))
    else:
        _compiled(pattern_or_file)


def read_groups(pattern_or_file: str, dataset: Dataset) -> Groups:
    """Reads the group of every picture of a data set.

    Args:
        pattern_or_file: a regular expression with at least one group of parentheses, or a table.
        dataset: its pictures; paths start from the data folder that each is in.

    Raises:
        DatasetError: neither a table nor such an expression, or a picture has no group, or all have the same.
    """
    names = {image: name_below(dataset, image) for image in dataset.images}
    if _is_table(pattern_or_file):
        found = _from_table(Path(pattern_or_file), names)
    else:
        found = _from_pattern(pattern_or_file, names)
    without = [name for image, name in names.items() if image not in found]
    if without:
        raise DatasetError(
            f"{len(without)} of {len(names)} pictures have no group in {pattern_or_file!r}: {_some(without)}."
            " Every picture needs one; its own name will do."
        )
    if len(set(found.values())) < 2:
        raise DatasetError(f"All pictures have the same group in {pattern_or_file!r}; there is nothing to tell apart.")
    return found


def name_below(dataset: Dataset, image: LabelledImage) -> str:
    """What a table calls a picture: its path below the data folder that it is in."""
    return composed((dataset.below(image.path) or image.path).as_posix())


def _is_table(pattern_or_file: str) -> bool:
    return Path(pattern_or_file).suffix.lower() in _TABLES


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        expression = re.compile(pattern)
    except re.error as err:
        raise DatasetError(
            f"Expected --groups: a regular expression or a .csv file. Received: {pattern!r} ({err})"
        ) from err
    if not expression.groups:
        raise DatasetError(
            "Expected --groups with parentheses around what names the group, such as '([^/]+)-\\d+'."
            f" Received: {pattern!r}"
        )
    return expression


def _from_pattern(pattern: str, names: Mapping[LabelledImage, str]) -> dict[LabelledImage, str]:
    expression = _compiled(pattern)
    matches = ((image, expression.search(name)) for image, name in names.items())
    return {image: "/".join(part or "" for part in match.groups()) for image, match in matches if match}


def _from_table(path: Path, names: Mapping[LabelledImage, str]) -> dict[LabelledImage, str]:
    wanted = set(names.values())
    groups = read_table(path, wanted)
    if groups and wanted.isdisjoint(groups):
        raise DatasetError(
            f"No picture has a group in {path}. Expected in its first column paths below the data folder, such as"
            f" {min(wanted)}. Received: {printable([*groups][-1])[:_MAX_SHOWN]}"
        )
    return {image: groups[name] for image, name in names.items() if name in groups}


def read_table(path: Path, wanted: Collection[str], *, heading: str | None = None) -> dict[str, str]:
    """The groups that a table gives, by the name of the file; read with the delimiter that gives most pictures one.

    Args:
        path: the table.
        wanted: what it may call pictures.
        heading: a word in the first row that is above the groups; without it, or where there is none, they are in the
            second column.

    Raises:
        DatasetError: it cannot be read, has rows without a group, or has a picture in two groups.
    """
    text = _read(path)
    try:
        tables = [[row for row in csv.reader(io.StringIO(text, newline=""), delimiter=d) if row] for d in _DELIMITERS]
    except csv.Error as err:
        raise DatasetError(f"The groups in {path} cannot be read: {err}.") from err
    rows = max(tables, key=lambda rows: (sum(_posix(row[0]) in wanted for row in rows if len(row) > 1), _width(rows)))
    column = _column(rows, heading)
    short = [number for number, row in enumerate(rows, start=1) if len(row) <= column and not row[0].startswith("sep=")]
    if short:
        raise DatasetError(
            f"Expected two columns, file and group, in {path}. Received: row {short[0]} with {len(rows[short[0] - 1])}:"
            f" {printable(rows[short[0] - 1][0])[:_MAX_SHOWN]}"
        )
    # A first row that names the columns is a file that does not exist.
    groups: dict[str, str] = {}
    for row in (row for row in rows if len(row) > column):
        name, group = _posix(row[0]), row[column].strip()
        if groups.setdefault(name, group) != group and name in wanted:
            raise DatasetError(f"{name} is in two groups in {path}: {groups[name]} and {group}. It can have one.")
    return groups


def _column(rows: list[list[str]], heading: str | None) -> int:
    if rows and heading is not None:
        return next((column for column, cell in enumerate(rows[0]) if column and heading in cell.lower()), 1)
    return 1


def _read(path: Path) -> str:
    try:
        return files.table_text(path)
    except OSError as err:
        raise DatasetError(f"The groups in {path} cannot be read: {err.strerror or err}.") from err
    except ValueError as err:
        raise DatasetError(f"The groups in {path} cannot be read: {err}") from err


def _width(rows: list[list[str]]) -> int:
    return min((len(row) for row in rows), default=0)


def _posix(name: str) -> str:
    return composed(PurePosixPath(name.strip().replace("\\", "/")).as_posix())


def composed(name: str) -> str:
    """One spelling of a name that macOS and other systems spell differently."""
    return unicodedata.normalize("NFC", name)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
