"""Finds the class folders in data folders, with the picture files in them, and refuses what cannot be classes.

data folders -> class folders, each named after its class -> picture files; those of the same name are one class
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from recognizer.images.formats import READ_HERE, SUFFIXES
from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH, MAX_CLASSES
from training.errors import DatasetError

# Pictures of kinds that are not read, by what their owners call them.
_FOREIGN = {
    "SVG": (".svg", ".svgz"),
    "JPEG 2000": (".jp2", ".j2k", ".jpx"),
    "JPEG XL": (".jxl",),
    "Photoshop": (".psd", ".psb"),
    "camera raw": (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"),
    "other picture": (".ico", ".tga", ".eps", ".ppm", ".pgm", ".pbm", ".exr", ".hdr", ".dds", ".qoi", ".pcx", ".dcm"),
}
_FOREIGN_BY_SUFFIX = {suffix: name for name, suffixes in _FOREIGN.items() for suffix in suffixes}
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"RIFF", b"II*\0", b"MM\0*")
# Folders that hold the parts of a data set, not its classes.
_PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval", "holdout"})
# What exported corrections consist of, see docs/corrections.md.
_CLASSES, _UNKNOWN = "classes", "unknown"


@dataclass(frozen=True)
class PassedOver:
    """A file or folder that looks like a part of the data set and is none."""

    path: Path
    reason: str
    """Why it is passed over, in a plain sentence."""


@dataclass
class Listing:
    """The picture files below a folder, and what was passed over."""

    pictures: list[Path] = field(default_factory=list)
    """Files whose suffix is that of a format that is read, sorted."""
    passed_over: list[PassedOver] = field(default_factory=list)


@dataclass(frozen=True)
class ClassFolder:
    """A folder with the pictures of one class."""

    data: Path
    """The data folder that the class folder is in."""
    name: str
    """Name of the class."""
    listing: Listing


def find_class_folders(folders: Sequence[Path]) -> list[ClassFolder]:
    """Lists the class folders of some data folders, data folder by data folder.

    Hidden folders are passed over. Of several data folders, some may be empty.

    Raises:
        DatasetError: no such folder, no class folders or too many, one whose name no model can hold, or a class
            without pictures; or the folders are the parts of a data set instead of classes, or overlap.
    """
    refuse_overlaps(folders)
    found = [ClassFolder(data, path.name, listing(path)) for data in folders for path in _inside(data)]
    for data in folders:
        _refuse_parts(data, [folder for folder in found if folder.data == data])
    if not found:
        raise DatasetError(
            f"{_listed(folders)} has no folders in it. Make one folder for each class, named after it, and put its"
            f" pictures there: {folders[0]}/cat, {folders[0]}/dog."
        )
    _refuse_too_many(found)
    _refuse_empty(found)
    return found


def refuse_overlaps(folders: Sequence[Path]) -> None:
    """Refuses data folders in which pictures would be found twice.

    Raises:
        DatasetError: a folder is given twice, or lies in another one.
    """
    for one, other in combinations(folders, 2):
        inner, outer = sorted((one.resolve(), other.resolve()), key=lambda path: -len(path.parts))
        if inner.is_relative_to(outer):
            what = "are the same folder" if inner == outer else "lie in each other"
            raise DatasetError(f"{one} and {other} {what}. Give each folder of pictures once.")


def listing(folder: Path) -> Listing:
    """Lists the picture files below a folder, at any depth, but for hidden ones.

    Links to folders are not followed, for they could lead round in a circle; `folder` itself may be one.
    """
    found = Listing()

    def report(err: OSError) -> None:
        found.passed_over.append(PassedOver(Path(err.filename), f"The folder cannot be read: {err.strerror}."))

    for root, folders, files in os.walk(folder, onerror=report):
        here = Path(root)
        for name in folders:
            if (here / name).is_symlink() and not is_hidden(here / name):
                found.passed_over.append(
                    PassedOver(here / name, "It is a link to a folder, and those are not followed.")
                )
        folders[:] = [name for name in folders if not is_hidden(Path(name))]
        for name in files:
            if not is_hidden(Path(name)):
                _add(found, here / name)
    found.pictures.sort()
    found.passed_over.sort(key=lambda entry: entry.path)
    return found


def not_in_a_class(folder: Path) -> list[PassedOver]:
    """Pictures that lie beside the class folders instead of in one."""
    loose = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not is_hidden(path))
    return [PassedOver(path, "It lies beside the class folders, not in one.") for path in loose if path.is_file()]


def foreign_format(path: Path) -> str | None:
    """The image format that a file seems to have, by its suffix, where it is one that is not read; else None."""
    return _FOREIGN_BY_SUFFIX.get(path.suffix.lower())


def is_hidden(path: Path) -> bool:
    """Whether a file or folder is hidden: put there by the system or an archive rather than by a person."""
    return path.name.startswith((".", "__MACOSX"))


def _add(found: Listing, path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        if path.is_file():  # No pipe, and no link that leads nowhere or to itself.
            found.pictures.append(path)
        else:
            found.passed_over.append(PassedOver(path, "It is no file, or a link that leads nowhere."))
    elif image_format := foreign_format(path):
        reason = f"Files of the kind {image_format} are not read. Save it as JPEG or PNG."
        found.passed_over.append(PassedOver(path, reason))
    elif not suffix and _starts_like_a_picture(path):
        found.passed_over.append(PassedOver(path, "It looks like a picture, but its name has no suffix such as .jpg."))


def _starts_like_a_picture(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(8).startswith(_SIGNATURES)
    except OSError:
        return False


def _inside(data: Path) -> Iterator[Path]:
    if not data.is_dir():
        raise DatasetError(f"There is no folder {data}.")
    for path in sorted(data.iterdir()):
        if path.is_dir() and not is_hidden(path):
            _refuse_name(path.name)
            yield path


def _refuse_name(name: str) -> None:
    """Here, not when the model file is written: that is after the training."""
    if len(name) > MAX_CLASS_NAME_LENGTH or not _is_text(name):
        raise DatasetError(
            f"A class cannot be called {name!a}. Give the folder a name of at most {MAX_CLASS_NAME_LENGTH} letters."
        )


def _refuse_too_many(found: Sequence[ClassFolder]) -> None:
    classes = {folder.name for folder in found}
    if len(classes) > MAX_CLASSES:
        raise DatasetError(f"There are {len(classes)} class folders; at most {MAX_CLASSES} are possible.")


def _refuse_parts(data: Path, found: Sequence[ClassFolder]) -> None:
    """Else a network would learn to tell training pictures from test pictures, or corrections from other things."""
    names = {folder.name for folder in found}
    if _CLASSES in names <= {_CLASSES, _UNKNOWN} and all(map(_is_nested, (f for f in found if f.name == _CLASSES))):
        unknown = f" --unknown {data / _UNKNOWN}" if _UNKNOWN in names else ""
        raise DatasetError(f"{data} holds corrections, not classes. Give its parts: --data {data / _CLASSES}{unknown}")
    if len(names) > 1 and {name.lower() for name in names} <= _PARTS and all(map(_is_nested, found)):
        first = next((f.name for f in found if f.name.lower().startswith("train")), found[0].name)
        raise DatasetError(
            f"{data} holds the parts of a data set ({', '.join(f.name for f in found)}), not its classes. Give one"
            f" part: --data {data / first}"
        )


def _is_nested(folder: ClassFolder) -> bool:
    """Whether its pictures are in folders of their own, as in a folder around classes."""
    return any(path.parent != folder.data / folder.name for path in folder.listing.pictures)


def _refuse_empty(found: Sequence[ClassFolder]) -> None:
    filled = {folder.name for folder in found if folder.listing.pictures}
    empty = [folder for folder in found if folder.name not in filled]
    if empty:
        raise DatasetError(
            f"No pictures in: {_listed(folder.name for folder in empty)}. Add some, or remove the folder. (in"
            f" {_listed(folder.data for folder in empty)}; read are {READ_HERE})"
        )


def _listed(things: Iterable[object]) -> str:
    return ", ".join(dict.fromkeys(map(str, things)))


def _is_text(name: str) -> bool:
    """False for file names that are not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
