"""Finds the pictures: one folder a class, named after it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from recognizer.errors import InvalidImage
from recognizer.images import FORMATS, MAX_BYTES, SUFFIXES
from recognizer.metadata import MAX_CLASS_NAME_LENGTH, MAX_CLASSES
from training.errors import DatasetError


@dataclass(frozen=True)
class LabelledImage:
    """One picture file and the class its folder says it shows."""

    path: Path
    label: int
    """Index into the data set's class names."""
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
            without pictures.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}.")
    class_folders = sorted(path for path in folder.iterdir() if path.is_dir() and not _is_hidden(path))
    if not class_folders:
        raise DatasetError(
            f"{folder} has no folders in it. Make one folder for each class, named after it, and put its pictures"
            f" there: {folder}/cat, {folder}/dog."
        )
    _refuse_names(class_folders)
    files = {path.name: _picture_files(path) for path in class_folders}
    empty = [name for name, paths in files.items() if not paths]
    if empty:
        raise DatasetError(
            f"No pictures in: {', '.join(empty)}. Add some, or remove the folder. (in {folder}; read are"
            f" {', '.join(FORMATS)})"
        )
    images = (LabelledImage(p, label, _digest(p)) for label, paths in enumerate(files.values()) for p in paths)
    return Dataset(class_names=tuple(files), images=tuple(images))


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


def _picture_files(folder: Path) -> list[Path]:
    below = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return sorted(p for p in below if p.is_file() and not any(map(_is_hidden, (p, *p.relative_to(folder).parents))))


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "__MACOSX"))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # The audit says why.
