"""Finds the class folders in data folders, with the picture files in them, and refuses what cannot be classes.

data folders -> class folders, each named after its class -> picture files; those of the same name are one class
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from pathlib import Path

from recognizer import files
from recognizer.bulk.image_files import PassedOver, PassOver, picture_files, why_no_folder, why_no_picture
from recognizer.images.formats import READ_HERE
from recognizer.model_file.class_names import class_name, looks
from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH, MAX_CLASSES
from recognizer.terminal import printable
from training.data import parts
from training.errors import DatasetError

# What exported corrections consist of, see docs/corrections.md.
_CLASSES, _UNKNOWN = "classes", "unknown"
_SHOWN = 4


@dataclass
class Listing:
    """The picture files below a folder, and what was passed over."""

    pictures: list[Path] = field(default_factory=list)
    """Plain files of formats that are read, sorted."""
    passed_over: list[PassedOver] = field(default_factory=list)


@dataclass(frozen=True)
class ClassFolder:
    """A folder with the pictures of one class."""

    data: Path
    """The data folder that the class folder is in."""
    path: Path
    listing: Listing

    @cached_property
    def name(self) -> str:
        """Name of the class."""
        return class_name(self.path.name)


@dataclass(frozen=True)
class Found:
    """What was understood of some data folders."""

    folders: tuple[ClassFolder, ...]
    passed_over: tuple[PassedOver, ...]
    """All files and folders that are not taken, class by class after those that lie beside the classes."""


def find_class_folders(folders: Sequence[Path]) -> Found:
    """Lists the class folders of some data folders, data folder by data folder.

    Hidden and system folders are passed over. Of several data folders, some may be empty.

    Raises:
        DatasetError: no such folder, no class folders or too many, one whose name no model can hold, two whose names
            look the same, or a class without pictures; or the folders are the parts of a data set instead of classes,
            or overlap.
    """
    refuse_overlaps(folders)
    beside: list[PassedOver] = []
    found = [
        ClassFolder(data, path, listing(path)) for data in folders for path in _inside(data, pass_over=beside.append)
    ]
    for data in folders:
        _refuse_corrections(data, [folder for folder in found if folder.data == data])
        parts.refuse(data, [(folder.path, folder.listing.pictures) for folder in found if folder.data == data])
    if not found:
        _refuse_without_classes(folders, beside)
    _refuse_lookalikes(found)
    _refuse_too_many(found)
    _refuse_empty(found)
    inside = (entry for folder in found for entry in folder.listing.passed_over)
    return Found(tuple(found), (*sorted(beside, key=lambda entry: entry.path), *inside))


def refuse_overlaps(folders: Sequence[Path]) -> None:
    """Refuses data folders in which pictures would be found twice.

    Raises:
        DatasetError: a folder is given twice, or lies in another one.
    """
    for one, other in combinations(folders, 2):
        if how := _overlap(one, other):
            raise DatasetError(f"{how}. Give each folder of pictures once.")


def refuse_unusable(folders: Sequence[Path]) -> None:
    """Refuses folders in which pictures cannot be looked for, at a glance.

    Raises:
        DatasetError: one is not there, or is a file; or one is given twice, or lies in another one.
    """
    refuse_overlaps(folders)
    for folder in folders:
        refuse_no_folder(folder)


def refuse_unusable_unknown(unknown: Sequence[Path], data: Sequence[Path]) -> None:
    """Refuses folders of other things that cannot be used beside some data folders, at a glance.

    Args:
        unknown: folders with pictures that show none of the classes.
        data: the folders around the class folders.

    Raises:
        DatasetError: see `refuse_unusable`; or the same pictures would be of a class and of none.
    """
    refuse_unusable(unknown)
    for folder, around in product(unknown, data):
        if how := _overlap(folder, around):
            raise DatasetError(
                f"{how}: the same pictures would be of a class and of none. A folder in --data is a class; keep other"
                f" things apart, in a folder such as {around.resolve()}-other, and give that to --unknown."
            )


def _overlap(one: Path, other: Path) -> str | None:
    """In words, how the same pictures would be found in two folders; None where they would not."""
    inner, outer = sorted((one.resolve(), other.resolve()), key=lambda path: -len(path.parts))
    if not inner.is_relative_to(outer):
        return None
    return f"{one} and {other} {'are the same folder' if inner == outer else 'lie in each other'}"


def refuse_no_text(folder: Path) -> None:
    """Refuses a folder whose name is not UTF-8, for what is kept of a training is text.

    Raises:
        DatasetError: it is not; with the command that renames it.
    """
    if not files.is_text(folder.name):
        octal = "".join(
            chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "-_. ") else f"\\{byte:03o}"
            for byte in os.fsencode(folder.name)
        )
        raise DatasetError(
            f"The name of the folder {printable(folder.name)} is not UTF-8: older archives and systems wrote names in"
            f" other encodings. Rename it, with its right name in place of NAME: mv {folder.parent}/$'{octal}'"
            f" {folder.parent}/NAME"
        )


def refuse_no_folder(folder: Path) -> None:
    """Refuses what is no folder.

    Raises:
        DatasetError: it is a file, such as an archive, or not there.
    """
    if folder.is_dir():
        return
    if folder.exists():
        raise DatasetError(f"{folder} is a file, not a folder. If it is an archive, unpack it first.")
    raise DatasetError(f"There is no folder {folder}.")


def listing(folder: Path) -> Listing:
    """Lists the picture files below a folder, at any depth, and what is passed over.

    Links to folders are not followed, for they could lead round in a circle; `folder` itself may be one.
    """
    found = Listing()
    found.pictures = sorted(map(Path, picture_files(str(folder), pass_over=found.passed_over.append)))
    found.passed_over.sort(key=lambda entry: entry.path)
    return found


def _inside(data: Path, *, pass_over: PassOver) -> list[Path]:
    """The class folders in a data folder; all else in it is passed over."""
    refuse_no_folder(data)
    found = []
    for path in sorted(data.iterdir()):
        if path.is_dir():
            if passed := why_no_folder(path):
                pass_over(passed)
            else:
                _refuse_name(path)
                found.append(path)
        else:
            pass_over(why_no_picture(path) or PassedOver(path, "It lies beside the class folders, not in one."))
    return found


def _refuse_name(path: Path) -> None:
    """Here, not when the model file is written: that is after the training."""
    refuse_no_text(path)
    name = class_name(path.name)
    if not name or len(name) > MAX_CLASS_NAME_LENGTH:
        raise DatasetError(
            f"A class cannot be called {path.name!a}. Give the folder a name of 1 to {MAX_CLASS_NAME_LENGTH} letters."
        )


def _refuse_lookalikes(found: Sequence[ClassFolder]) -> None:
    """Else a network would learn to tell cats from Cats."""
    first: dict[str, ClassFolder] = {}
    for folder in found:
        other = first.setdefault(looks(folder.name), folder)
        if other.name != folder.name:
            raise DatasetError(
                f"{_spelled(other)} and {_spelled(folder)} look like the same class, and would be two: their names"
                " differ only in capital letters, in kinds of space, dash or quote, or in letters that look"
                " the same or cannot be seen. If they are one class, give both folders the same name, or put their"
                " pictures into one; if they are two, give them names that differ."
            )


def _spelled(folder: ClassFolder) -> str:
    """The path of a folder, with letters spelled out that cannot be seen or are of another alphabet."""
    path, name = printable(str(folder.path)), folder.path.name
    return path if printable(name).isascii() else f"{path} ({name!a})"


def _refuse_too_many(found: Sequence[ClassFolder]) -> None:
    classes = {folder.name for folder in found}
    if len(classes) > MAX_CLASSES:
        raise DatasetError(f"There are {len(classes)} class folders; at most {MAX_CLASSES} are possible.")


def _refuse_corrections(data: Path, found: Sequence[ClassFolder]) -> None:
    names = {folder.name for folder in found}
    nested = all(parts.is_nested(f.path, f.listing.pictures) for f in found if f.name == _CLASSES)
    if _CLASSES in names <= {_CLASSES, _UNKNOWN} and nested:
        unknown = f" --unknown {data / _UNKNOWN}" if _UNKNOWN in names else ""
        raise DatasetError(f"{data} holds corrections, not classes. Give its parts: --data {data / _CLASSES}{unknown}")


def _refuse_without_classes(folders: Sequence[Path], beside: Sequence[PassedOver]) -> None:
    data = folders[0]
    loose = [entry.path for entry in beside if entry.is_picture and entry.path.parent == data]
    around = data.resolve().parent
    if loose and len(parts.class_folders_in(around)) > 1:
        raise DatasetError(
            f"{data} has pictures in it, but no folders: it looks like the folder of one class. Give the folder around"
            f" it: --data {around}"
        )
    named = f" ({len(loose)} pictures lie in it, such as {loose[0].name})" if loose else ""
    raise DatasetError(
        f"{_listed(folders)} has no folders in it{named}. Make one folder for each class, named after it, and put its"
        f" pictures there: {data}/cat, {data}/dog.{parts.by_name(data, loose)}"
    )


def _refuse_empty(found: Sequence[ClassFolder]) -> None:
    filled = {folder.name for folder in found if folder.listing.pictures}
    empty = [folder for folder in found if folder.name not in filled]
    if empty:
        passed = [entry for folder in empty for entry in folder.listing.passed_over]
        why = "".join(f" {printable(entry.path.name)}: {entry.reason}" for entry in passed[:_SHOWN])
        raise DatasetError(
            f"No pictures in: {_listed(folder.name for folder in empty)}. Add some, or remove the folder. (in"
            f" {_listed(folder.data for folder in empty)}; read are {READ_HERE}){why}"
        )


def _listed(things: Iterable[object]) -> str:
    return ", ".join(dict.fromkeys(map(str, things)))
