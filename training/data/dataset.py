"""The data set: labelled pictures out of class folders, in one or several data folders."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from recognizer import machine
from recognizer.errors import InvalidImage
from recognizer.images.decode import read_file
from recognizer.images.formats import READ_HERE
from training.data.class_folders import PassedOver, find_class_folders, listing, not_in_a_class
from training.errors import DatasetError

NO_LABEL = -1


@dataclass(frozen=True)
class LabelledImage:
    """A picture file and the class that its folder says it shows."""

    path: Path
    label: int
    """Index into the data set's class names; `NO_LABEL` where they do not matter."""
    digest: str
    """Hexadecimal SHA-256 of the file; empty where it cannot be opened."""

    def read(self) -> bytes:
        """The bytes of the file, but for what is past the largest size that is accepted.

        Raises:
            InvalidImage: it cannot be opened.
        """
        try:
            return read_file(self.path)
        except OSError as err:
            raise InvalidImage(f"The file cannot be opened: {err.strerror}.") from err


@dataclass(frozen=True)
class Superseded:
    """A picture of a data folder that is the same file as one in another, which counts in its place."""

    image: LabelledImage
    by: LabelledImage


@dataclass(frozen=True)
class Dataset:
    """Pictures with their classes, and where they come from."""

    class_names: tuple[str, ...]
    images: tuple[LabelledImage, ...]
    folders: tuple[Path, ...] = ()
    """The data folders, around the class folders; of two that contradict each other, the later one counts."""
    passed_over: tuple[PassedOver, ...] = ()
    """Files that look like a part of the data set and are none."""
    superseded: tuple[Superseded, ...] = ()
    """Pictures that are not among `images`, because the same one in another data folder counts."""

    def counts(self) -> dict[str, int]:
        """The number of pictures in each class, in class order."""
        counts = Counter(image.label for image in self.images)
        return {name: counts[label] for label, name in enumerate(self.class_names)}

    def digest(self) -> str:
        """Digest of all pictures with their classes, whatever their names and order."""
        lines = sorted(f"{self.class_names[image.label]}\t{image.digest}" for image in self.images)
        return f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"

    def folder_of(self, path: Path) -> Path | None:
        """The data folder that a file is in; None for one in none of them, such as a picture of a test folder."""
        around = (folder for folder in self.folders if path.is_relative_to(folder))
        return max(around, key=lambda folder: len(folder.parts), default=None)  # `.` is around everything.

    def below(self, path: Path) -> Path | None:
        """A file's path below the data folder that it is in; None for one in none of them."""
        folder = self.folder_of(path)
        return None if folder is None else path.relative_to(folder)

    def class_of(self, path: Path) -> str | None:
        """The class folder that a file is in; None for one in none of them, such as a picture of a test folder."""
        inside = self.below(path)
        return inside.parts[0] if inside is not None and len(inside.parts) > 1 else None


def scan(*folders: Path) -> Dataset:
    """Lists the picture files below each class folder, by their suffix, without opening them as pictures.

    Hidden folders and files are passed over. Class folders of the same name are one class. The same file in several
    data folders is one picture, of the class that the last of them says.

    Raises:
        DatasetError: see `find_class_folders`.
    """
    found = find_class_folders(folders)
    class_names = sorted({folder.name for folder in found})
    number = {name: label for label, name in enumerate(class_names)}
    in_folders = [
        _labelled([(path, number[c.name]) for c in found if c.data == folder for path in c.listing.pictures])
        for folder in folders
    ]
    superseded = tuple(_superseded(in_folders))
    gone = {entry.image for entry in superseded}
    beside = [entry for folder in folders for entry in not_in_a_class(folder)]
    return Dataset(
        class_names=tuple(class_names),
        images=tuple(image for images in in_folders for image in images if image not in gone),
        folders=folders,
        passed_over=(*beside, *(entry for folder in found for entry in folder.listing.passed_over)),
        superseded=superseded,
    )


def pictures_in(folder: Path) -> tuple[LabelledImage, ...]:
    """All pictures below a folder, whatever its folders mean.

    Raises:
        DatasetError: no such folder, or no pictures in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}.")
    found = _labelled([(path, NO_LABEL) for path in listing(folder).pictures])
    if not found:
        raise DatasetError(f"There are no pictures in {folder}. (read are {READ_HERE})")
    return found


def _superseded(in_folders: Sequence[Sequence[LabelledImage]]) -> Iterator[Superseded]:
    """Of the same picture, the last folder's class counts, and the first file that has it.

    So a correction outranks the original, and one that says the same changes nothing.
    """
    by_digest: dict[str, dict[int, list[LabelledImage]]] = defaultdict(lambda: defaultdict(list))
    for number, images in enumerate(in_folders):
        for image in images:
            by_digest[image.digest][number].append(image)
    for digest, same in by_digest.items():
        if digest and len(same) > 1:
            last = same[max(same)]
            labels = {image.label for image in last}
            agreeing = [images for images in same.values() if {image.label for image in images} == labels]
            kept = agreeing[0]
            yield from (Superseded(i, kept[0]) for images in same.values() if images is not kept for i in images)


def _labelled(paths: Sequence[tuple[Path, int]]) -> tuple[LabelledImage, ...]:
    with ThreadPoolExecutor(machine.cores()) as pool:
        digests = pool.map(_digest, (path for path, _ in paths))
        return tuple(LabelledImage(path, label, digest) for (path, label), digest in zip(paths, digests, strict=True))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # The audit says why.
