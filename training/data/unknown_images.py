"""Finds unknown pictures, which show none of the classes, and what kinds of things they show.

DIR/animal/fox-012.jpg      folder `animal`, kind `fox`: the name before its last -number
DIR/fox/IMG_0001.jpg        folder `fox`, kind `fox`: the folder, where the name has no such number
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer import machine
from recognizer.bulk.account import Account, counted
from recognizer.bulk.image_files import picture_files
from recognizer.folders import command_line
from recognizer.model_file.class_names import known_as
from recognizer.model_file.rejection_record import MAX_FOLDERS
from recognizer.terminal import printable
from training.data.class_folders import refuse_unusable
from training.data.dataset import Dataset, digest_of
from training.errors import DatasetError
from training.progress import console

MIN_PICTURES = 10

_SHOWN = 4
_NUMBERED = re.compile(r"(.+)-\d+")


@dataclass(frozen=True)
class UnknownPicture:
    """A picture file that shows none of the classes."""

    path: Path
    relative: Path
    """Path below the folder that was given."""
    folder: str
    """The first folder below the one that was given; that one's name, for files that lie in it, or where there are too
    many folders to tell them apart."""
    kind: str
    """What the picture shows, by its file or folder name."""


def tell(sentence: str) -> None:
    """Prints what was found, and what is passed over."""
    console.print(printable(sentence), soft_wrap=True, markup=False)


def find_unknown(
    folders: Sequence[Path],
    class_names: Iterable[str],
    say: Callable[[str], None] = tell,
    *,
    classes: Dataset | None = None,
) -> tuple[UnknownPicture, ...]:
    """Lists the unknown pictures below some folders, without decoding them; says which are passed over.

    Of several folders, some may be empty. Pictures whose kind has become a class are none of other things any more, and
    neither is the same file as one of a class.

    Args:
        folders: with pictures at any depth.
        class_names: what is known.
        say: is told, in sentences, what was found.
        classes: the pictures of the classes; None where there are none at hand.

    Raises:
        DatasetError: there is no such folder, or two of them overlap.
    """
    refuse_unusable(folders)
    found = [picture for folder in folders for picture in _inside(folder, say)]
    kinds = {picture.kind for picture in found}
    names = tuple(class_names)
    known = sorted(kind for kind in kinds if known_as(kind, names))
    if known:
        say(f"Pictures of {', '.join(known)} in {listed(folders)} are passed over: those are classes.")
    others = [picture for picture in found if picture.kind not in known]
    return tuple(others if classes is None else _of_no_class(others, classes, say))


def _of_no_class(
    pictures: Sequence[UnknownPicture], classes: Dataset, say: Callable[[str], None]
) -> list[UnknownPicture]:
    known = {image.digest for image in classes.images} - {""}
    with ThreadPoolExecutor(machine.cores()) as pool:
        digests = list(pool.map(digest_of, (picture.path for picture in pictures)))
    both = [picture.path for picture, digest in zip(pictures, digests, strict=True) if digest in known]
    if both:
        named = ", ".join(map(str, both[:_SHOWN])) + (", ..." if len(both) > _SHOWN else "")
        say(f"Passed over among other things: {counted(len(both), 'picture')} that are of a class, too: {named}.")
    return [picture for picture, digest in zip(pictures, digests, strict=True) if digest not in known]


def find_enough_unknown(
    folders: Sequence[Path],
    class_names: Iterable[str],
    say: Callable[[str], None] = tell,
    *,
    classes: Dataset | None = None,
) -> tuple[UnknownPicture, ...]:
    """Lists the unknown pictures that a rejection is to be fitted on, as `find_unknown` does.

    Raises:
        DatasetError: there is no such folder, two of them overlap, or there are too few pictures to learn from.
    """
    found = find_unknown(folders, class_names, say, classes=classes)
    refuse_few(len(found), folders)
    for folder in folders:
        if not any(picture.path.is_relative_to(folder) for picture in found):
            say(f"There are no pictures of other things in {folder}: it is passed over.")
    return _in_few_folders(found, say)


def _in_few_folders(pictures: tuple[UnknownPicture, ...], say: Callable[[str], None]) -> tuple[UnknownPicture, ...]:
    """The same pictures, in no more folders than the record of a rejection tells apart; their kinds stay."""
    count = len({picture.folder for picture in pictures})
    if count <= MAX_FOLDERS:
        return pictures
    say(f"Pictures of other things lie in {count} folders, more than {MAX_FOLDERS}: they are counted as in one.")
    return tuple(replace(picture, folder=_name_of(_given(picture))) for picture in pictures)


def _given(picture: UnknownPicture) -> Path:
    """The folder that was given, in which a picture lies at whatever depth."""
    return picture.path.parents[len(picture.relative.parts) - 1]


def _name_of(folder: Path) -> str:
    """The name of a folder that was given, as it can go into the model file."""
    return printable(folder.resolve().name)


def refuse_few(count: int, folders: Sequence[Path]) -> None:
    """Refuses too few unknown pictures to fit a rejection on.

    Raises:
        DatasetError: there are fewer than `MIN_PICTURES`.
    """
    if count < MIN_PICTURES:
        raise DatasetError(
            f"Expected at least {MIN_PICTURES} readable pictures of other things in {listed(folders)}. Received:"
            f" {count}. Until there are more, leave --unknown out."
        )


def listed(folders: Sequence[Path]) -> str:
    """The names of folders, for a sentence."""
    return " and ".join(map(str, folders))


def has_single_kinds(folders: npt.NDArray[np.str_], kinds: npt.NDArray[np.str_]) -> bool:
    """Whether a folder shows a single kind of thing, so that `halves` divides its pictures."""
    return any(len(np.unique(kinds[folders == folder])) == 1 for folder in np.unique(folders))


def halves(
    folders: npt.NDArray[np.str_],
    kinds: npt.NDArray[np.str_],
    rng: np.random.Generator,
    *,
    copies: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.bool_]:
    """Draws half of the kinds of each folder; where a folder has a single kind, half of its pictures.

    Folders of a single picture are taken together, and half of them is drawn: of two pictures or more, at least one is.

    Args:
        folders: (N,) of each picture.
        kinds: (N,) what each shows.
        rng: what is drawn with.
        copies: (N,) a number that copies and near copies share; those of a single kind stay together, unless they are
            all of it. None: no two are alike.

    Returns:
        (N,) True for the half that a method may be fitted on.
    """
    chosen = np.zeros(len(kinds), bool)
    names, counts = np.unique(folders, return_counts=True)
    for folder in names[counts > 1]:
        inside = folders == folder
        units = np.unique(kinds[inside])
        belongs: npt.NDArray[np.str_ | np.int64] = kinds
        if len(units) == 1 and copies is not None:
            belongs, units = copies, np.unique(copies[inside])
        if len(units) == 1:
            belongs, units = np.arange(len(kinds)), np.flatnonzero(inside)
        chosen |= inside & np.isin(belongs, _half(units, rng))
    alone = np.flatnonzero(np.isin(folders, names[counts == 1]))
    chosen[_half(alone, rng)] = True
    return chosen


def _half(units: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    return np.asarray(rng.permutation(units)[: len(units) // 2])


def _inside(folder: Path, say: Callable[[str], None]) -> list[UnknownPicture]:
    passed_over = Account()
    found = [_unknown_picture(Path(path), folder) for path in picture_files(str(folder), pass_over=passed_over.add)]
    see = command_line("recognizer", "classify", folder, "--passed-over")
    for line in passed_over.lines(f"Other things: {counted(len(found), 'picture')} in {folder}", see):
        say(line)
    return found


def _unknown_picture(path: Path, folder: Path) -> UnknownPicture:
    relative = path.relative_to(folder)
    top = printable(relative.parts[0]) if len(relative.parts) > 1 else _name_of(folder)
    numbered = _NUMBERED.fullmatch(relative.stem)
    kind = printable(numbered[1] if numbered else relative.parent.name)
    return UnknownPicture(path, relative, top, kind or top)
