"""Follows links among pictures, so that none is moved away from under a link that stays."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def way(path: Path) -> tuple[Path, ...]:
    """The places that a path leads through: its own, then that of each link, and last that of the file.

    Their folders have no links in them, so the same place is the same path.
    """
    places = [_place(path)]
    while places[-1].is_symlink() and (following := _place(places[-1].parent / places[-1].readlink())) not in places:
        places.append(following)
    return tuple(places)


def movable(surplus: Iterable[Path], everything: Iterable[Path]) -> frozenset[Path]:
    """Those files that can be moved away, and all others can still be opened.

    Args:
        surplus: the files that are to go.
        everything: all files, with those that are to go.
    """
    going = frozenset(surplus)
    if not going:
        return going
    needed = {place for path in everything if path not in going for place in way(path)}
    return frozenset(path for path in going if _place(path) not in needed)


def _place(path: Path) -> Path:
    return path.parent.resolve() / path.name
