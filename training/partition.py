"""Decides which pictures are trained on and which are held back: by content, or by the groups that somebody names."""

from __future__ import annotations

from dataclasses import dataclass

from training import groups, split
from training.audit import Audit
from training.config import Recipe
from training.errors import DatasetError
from training.groups import Grouping, Groups
from training.progress import console
from training.split import Split

_FOLDS = 5


@dataclass(frozen=True)
class Partition:
    """What is done with each picture."""

    parts: Split
    groups: Groups | None
    """None where nobody has named any."""
    left_out: tuple[Split, ...]
    """The same pictures with each group held back once, for what needs no training of its own; () without groups."""


def divide(audited: Audit, grouping: Grouping | None, recipe: Recipe) -> Partition:
    """Divides the usable pictures of an audit.

    Raises:
        DatasetError: the groups cannot be read, or a picture has none.
    """
    fraction, seed = recipe.validation_fraction, recipe.seed
    if grouping is None:
        parts = split.by_content(audited.dataset, validation_fraction=fraction, seed=seed, groups=audited.groups)
        return Partition(parts, None, ())
    named = groups.read(grouping.pattern_or_file, audited.dataset)
    parts = split.by_group(audited.dataset, named, copies=audited.groups, fraction=fraction, seed=seed)
    try:
        return Partition(parts, named, left_out(audited, named, seed=seed))
    except DatasetError as err:
        console.print(f"{err} So the pictures held back say when a picture is none of the classes.", soft_wrap=True)
        return Partition(parts, named, ())


def left_out(audited: Audit, named: Groups, *, seed: int) -> tuple[Split, ...]:
    """Splits that hold each group back once, in few enough folds for what is fitted anew in each.

    Raises:
        DatasetError: the groups make no such folds.
    """
    count = min(_FOLDS, len(set(named.values())))
    return tuple(split.folds(audited.dataset, named, copies=audited.groups, count=count, seed=seed))
