"""The groups that pictures suggest: whole folders, or whole days, are held back, so that a result does not flatter.

folder and time of each picture -> for each class: by folder? else by day? else none -> a group's name for each picture

Pictures of one day or place resemble each other, in light and background: a model that has learned from some of them
has it easy with the others. `training fit` divides by the groups, see training/data/sources.py.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from webui.studio import dataset
from webui.studio.models import Project
from webui.studio.record import Row

MANIFEST = "MANIFEST.csv"
"""What `training fit` looks for above the folder of the classes."""

PAUSE = timedelta(hours=6)
"""Without a picture, that ends a day: a night is longer, and a feast that goes past midnight has no such pause."""
_FEWEST = 3
"""Groups of a class with two pictures or more: of two, holding one back would take up to half of what is learned."""
_MOST = 0.8
"""Of a class, the share that must say where it belongs."""
_SHARE = 0.15
"""Of each class that is held back, see training/config/recipe.py."""


class Kind(Enum):
    """What pictures are grouped by."""

    FOLDERS = "folder"
    DAYS = "day"


@dataclass(frozen=True)
class Shot:
    """What a picture says of the group that it may belong to."""

    digest: str
    label: str
    folder: str = ""
    taken: datetime | None = None


@dataclass(frozen=True)
class Suggested:
    """The groups of pictures."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Of the group of each picture that is in one, by its digest: `day 2026-03-01`."""
    counts: Mapping[Kind, int] = field(default_factory=dict)
    """How many groups there are of each kind; empty where there are none."""


_NONE = Suggested()


def of_project(project: Project) -> Suggested:
    """The groups that the pictures of a project suggest, but for those of other things."""
    found = project.pictures.labelled().filter(picture_class__is_other=False).order_by()
    rows = found.values_list("digest", "picture_class__name", "folder", "taken")
    return suggested([Shot(*row) for row in rows])


def suggested(shots: Sequence[Shot]) -> Suggested:
    """The groups that pictures suggest, class by class; those of one name are one group, whatever their classes."""
    of_class: dict[str, list[Shot]] = defaultdict(list)
    for shot in shots:
        of_class[shot.label].append(shot)
    day_of = _days(shot.taken for shot in shots if shot.taken)
    names: dict[str, str] = {}
    counts: dict[Kind, int] = {}
    for kind in Kind:
        of_kind: dict[str, str] = {}
        for label, members in of_class.items():
            groups = {shot.digest: name for shot in members if (name := _name(shot, kind, day_of))}
            if _are_enough(groups.values(), len(members)):
                of_kind |= groups
                of_class[label] = []  # The next kind is for other classes.
        if of_kind:
            names |= of_kind
            counts[kind] = len(set(of_kind.values()))
    return Suggested(names, counts) if names else _NONE


def _name(shot: Shot, kind: Kind, day_of: Mapping[datetime, str]) -> str:
    if kind is Kind.FOLDERS:
        return f"{kind.value} {shot.folder}" if shot.folder else ""
    return f"{kind.value} {day_of[shot.taken]}" if shot.taken else ""


def _days(times: Iterable[datetime]) -> dict[datetime, str]:
    """The day of each time: that on which the pictures began that it follows without a pause."""
    days: dict[datetime, str] = {}
    before, day = None, ""
    for time in sorted(set(times)):
        if before is None or time - before >= PAUSE:
            day = f"{time:%Y-%m-%d}"
        days[time], before = day, time
    return days


def _are_enough(names: Iterable[str], pictures: int) -> bool:
    """Whether a class can be divided by groups so that there are pictures enough on both sides.

    Groups are held back in some order, as far as each fits into the share; where none does, the smallest. Where small
    ones, of half a share at most, are there but do not make half a share together, one of them might be all.
    """
    sizes = Counter(names)
    if sum(size > 1 for size in sizes.values()) < _FEWEST or sizes.total() < _MOST * pictures:
        return False
    half = _SHARE / 2 * pictures
    alone = pictures - sizes.total()
    small = sum(size for size in sizes.values() if size <= half) + (alone if half >= 1 else 0)
    return not small or small >= half


def named(rows: Iterable[Row], found: Suggested) -> list[Row]:
    """The pictures of a training with the groups that they are in."""
    return [row._replace(group=found.names.get(row.digest, "")) for row in rows]


def manifest(rows: Sequence[Row], name_of: Callable[[Row], str]) -> str:
    """The table that `training fit` finds beside its pictures; empty where they are in no groups.

    Every picture has a source there: one that is in no group stands alone, and a class without any groups is one
    source, which `fit` divides by content.

    Args:
        rows: the pictures of a training.
        name_of: a picture's path below the folder of the classes.
    """
    own = [row for row in rows if row.label and not row.is_other]
    divided = {row.label for row in own if row.group}
    if not divided:
        return ""
    table = io.StringIO()
    lines = csv.writer(table)
    lines.writerow(("file", "source"))
    for row in own:
        alone = f"picture {row.digest}" if row.label in divided else f"class {row.label}"
        lines.writerow((f"{dataset.CLASSES}/{name_of(row)}", row.group or alone))
    return table.getvalue()
