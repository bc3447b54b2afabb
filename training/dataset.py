"""Finds the pictures: one folder a class, named after it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from recognizer import machine
from recognizer.errors import InvalidImage
from recognizer.images import FORMATS, MAX_BYTES
from recognizer.metadata import MAX_CLASS_NAME_LENGTH, MAX_CLASSES
from training.errors import DatasetError
from training.picture_folders import Listing, PassedOver, is_hidden, listing, not_in_a_class

NO_LABEL = -1

# Folders that hold the parts of a data set, not its classes.
_PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval", "holdout"})


@dataclass(frozen=True)
class LabelledImage:
    """One picture file and the class its folder says it shows."""

    path: Path
    label: int
    """Index into the data set's class names; `NO_LABEL` where they do not matter."""
    digest: str
    """Hexadecimal SHA-256 of the file; empty where it cannot be opened."""

    def read(self) -> bytes:
        """The file, but for what is past the largest size that is accepted.

        Raises:
            InvalidImage: it cannot be opened.
        """
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as err:
            raise InvalidImage(f"The file cannot be opened: {err.strerror}.") from err


@dataclass(frozen=True)
class Dataset:
    """Pictures with their classes."""

    class_names: tuple[str, ...]
    images: tuple[LabelledImage, ...]
    passed_over: tuple[PassedOver, ...] = ()
    """Files that somebody may take for a part of it, and that are none."""

    def counts(self) -> dict[str, int]:
        """Pictures in each class, in class order."""
        counts = Counter(image.label for image in self.images)
        return {name: counts[label] for label, name in enumerate(self.class_names)}

    def digest(self) -> str:
        """Digest of all pictures with their classes, whatever their names and order."""
        lines = sorted(f"{self.class_names[image.label]}\t{image.digest}" for image in self.images)
        return f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"


def scan(folder: Path) -> Dataset:
    """Lists the picture files below each class folder, by their suffix, without opening them as pictures.

    Hidden folders and files are passed over.

    Raises:
        DatasetError: no such folder, no class folders or too many, one whose name no model can hold, or one
            without pictures; or its folders are the parts of a data set instead of classes.
    """
    class_folders = _class_folders(folder)
    listings = {path.name: listing(path) for path in class_folders}
    _refuse_parts(folder, listings)
    _refuse_empty(folder, listings)
    passed_over = [*not_in_a_class(folder), *(entry for found in listings.values() for entry in found.passed_over)]
    paths = [(path, label) for label, found in enumerate(listings.values()) for path in found.pictures]
    return Dataset(class_names=tuple(listings), images=_labelled(paths), passed_over=tuple(passed_over))


def pictures_in(folder: Path) -> tuple[LabelledImage, ...]:
    """All pictures below a folder, whatever its folders mean.

    Raises:
        DatasetError: no such folder, or no pictures in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}.")
    found = _labelled([(path, NO_LABEL) for path in listing(folder).pictures])
    if not found:
        raise DatasetError(f"There are no pictures in {folder}. (read are {', '.join(FORMATS)})")
    return found


def _class_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}.")
    class_folders = sorted(path for path in folder.iterdir() if path.is_dir() and not is_hidden(path))
    if not class_folders:
        raise DatasetError(
            f"{folder} has no folders in it. Make one folder for each class, named after it, and put its pictures"
            f" there: {folder}/cat, {folder}/dog."
        )
    _refuse_names(class_folders)
    return class_folders


def _labelled(paths: Sequence[tuple[Path, int]]) -> tuple[LabelledImage, ...]:
    with ThreadPoolExecutor(machine.cores()) as pool:
        digests = pool.map(_digest, (path for path, _ in paths))
        return tuple(LabelledImage(path, label, digest) for (path, label), digest in zip(paths, digests, strict=True))


def _refuse_parts(folder: Path, listings: dict[str, Listing]) -> None:
    """Else a network would learn to tell training pictures from test pictures."""
    if len(listings) < 2 or not {name.lower() for name in listings} <= _PARTS:
        return
    nested = [any(path.parent != folder / name for path in found.pictures) for name, found in listings.items()]
    if all(nested):
        first = next((name for name in listings if name.lower().startswith("train")), next(iter(listings)))
        raise DatasetError(
            f"{folder} holds the parts of a data set ({', '.join(listings)}), not its classes. Give one part:"
            f" --data {folder / first}"
        )


def _refuse_empty(folder: Path, listings: dict[str, Listing]) -> None:
    empty = [name for name, found in listings.items() if not found.pictures]
    if empty:
        raise DatasetError(
            f"No pictures in: {', '.join(empty)}. Add some, or remove the folder. (in {folder}; read are"
            f" {', '.join(FORMATS)})"
        )


def _refuse_names(class_folders: list[Path]) -> None:
    """Here, not when the model file is written: that is after the training."""
    if len(class_folders) > MAX_CLASSES:
        raise DatasetError(f"There are {len(class_folders)} class folders; at most {MAX_CLASSES} are possible.")
    for path in class_folders:
        if len(path.name) > MAX_CLASS_NAME_LENGTH or not _is_text(path.name):
            raise DatasetError(
                f"A class cannot be called {path.name!a}. Give the folder a name of at most"
                f" {MAX_CLASS_NAME_LENGTH} letters."
            )


def _is_text(name: str) -> bool:
    """False for file names that are not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # The audit says why.
