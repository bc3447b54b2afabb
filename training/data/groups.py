"""Reads the groups of pictures that belong together: those of one source, animal, camera or day.

--groups 'PATTERN'    a regular expression on the path below the data folder; what its parentheses catch is the group
--groups FILE.csv     two columns, file and group
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from training.data.dataset import Dataset, LabelledImage
from training.errors import DatasetError

Groups = Mapping[LabelledImage, str]
"""The name of the group of every picture of a data set."""

MAX_FOLDS = 20

_TABLES = (".csv", ".tsv")
_SHOWN = 3


@dataclass(frozen=True)
class Grouping:
    """How pictures are grouped, and how many folds of a cross-validation leave groups out."""

    pattern_or_file: str
    """A regular expression, or a table; see `read_groups`."""
    folds: int = 0
    """Trainings of the cross-validation, each without some of the groups; 0: there is none."""

    def __post_init__(self) -> None:
        if self.folds and not 2 <= self.folds <= MAX_FOLDS:
            raise DatasetError(f"Expected 2 to {MAX_FOLDS} folds. Received: folds={self.folds}")


def read_groups(pattern_or_file: str, dataset: Dataset) -> Groups:
    """Reads the group of every picture of a data set.

    Args:
        pattern_or_file: a regular expression with at least one group of parentheses, or a table.
        dataset: its pictures; paths start from the data folder that each is in.

    Raises:
        DatasetError: neither a table nor such an expression, or a picture has no group, or all have the same.
    """
    names = {image: (dataset.below(image.path) or image.path).as_posix() for image in dataset.images}
    if Path(pattern_or_file).suffix.lower() in _TABLES:
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
        raise DatasetError(f"All pictures have the same group in {pattern_or_file!r}; nothing could be held back.")
    return found


def _from_pattern(pattern: str, names: Mapping[LabelledImage, str]) -> dict[LabelledImage, str]:
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
    matches = ((image, expression.search(name)) for image, name in names.items())
    return {image: "/".join(part or "" for part in match.groups()) for image, match in matches if match}


def _from_table(path: Path, names: Mapping[LabelledImage, str]) -> dict[LabelledImage, str]:
    groups = _rows(path)
    return {image: groups[name] for image, name in names.items() if name in groups}


def _rows(path: Path) -> dict[str, str]:
    """The group of each file in a table; a first row that names the columns is a file that does not exist."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file, delimiter=delimiter) if row]
    except (OSError, ValueError, csv.Error) as err:
        raise DatasetError(f"The groups in {path} cannot be read: {err}.") from err
    short = [number for number, row in enumerate(rows, start=1) if len(row) < 2]
    if short:
        raise DatasetError(f"Expected two columns, file and group, in {path}. Received: row {short[0]} with one.")
    return {_posix(file): group.strip() for file, group, *_ in rows}


def _posix(name: str) -> str:
    return PurePosixPath(name.strip().replace("\\", "/")).as_posix()


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
