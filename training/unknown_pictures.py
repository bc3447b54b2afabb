"""Finds pictures of other things, and what kinds of things they show.

DIR/animal/fox-012.jpg      folder `animal`, kind `fox`: the name before its last -number
DIR/fox/IMG_0001.jpg        folder `fox`, kind `fox`: the folder, where the name has no such number
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer.picture_files import picture_files
from training.errors import DatasetError
from training.progress import console

MIN_PICTURES = 10

_NUMBERED = re.compile(r"(.+)-\d+")


@dataclass(frozen=True)
class UnknownPicture:
    """A picture file that shows none of the classes."""

    path: Path
    folder: str
    """The first folder below the one that was given; that one's name, for files that lie in it."""
    kind: str


def find(folder: Path) -> tuple[UnknownPicture, ...]:
    """Lists the picture files below a folder, without opening them.

    Raises:
        DatasetError: there is no such folder.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}.")
    return tuple(_placed(Path(path), folder) for path in picture_files(str(folder), report=console.print))


def scan(folder: Path) -> tuple[UnknownPicture, ...]:
    """The same, to learn from.

    Raises:
        DatasetError: there is no such folder, or there are too few to learn from.
    """
    found = find(folder)
    refuse_few(len(found), folder)
    return found


def refuse_few(count: int, folder: Path) -> None:
    """Raises an error where there are too few unknown pictures to learn from.

    Raises:
        DatasetError: there are.
    """
    if count < MIN_PICTURES:
        raise DatasetError(f"Expected at least {MIN_PICTURES} readable pictures in {folder}. Received: {count}")


def halves(
    folders: npt.NDArray[np.str_], kinds: npt.NDArray[np.str_], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Draws half of the kinds of each folder; where a folder has a single kind, half of its pictures.

    Returns:
        (N,) True for the half that a method may be fitted on.
    """
    chosen = np.zeros(len(kinds), bool)
    for folder in np.unique(folders):
        inside = folders == folder
        names = np.unique(kinds[inside])
        if len(names) == 1:
            places = np.flatnonzero(inside)
            chosen[rng.permutation(places)[: len(places) // 2]] = True
        else:
            chosen |= inside & np.isin(kinds, rng.permutation(names)[: len(names) // 2])
    return chosen


def _placed(path: Path, folder: Path) -> UnknownPicture:
    place = path.relative_to(folder)
    top = place.parts[0] if len(place.parts) > 1 else folder.resolve().name
    numbered = _NUMBERED.fullmatch(place.stem)
    return UnknownPicture(path, top, numbered[1] if numbered else place.parent.name or top)
