"""The data set: labelled pictures out of class folders, in one or several data folders."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from recognizer import files, machine
from recognizer.bulk.account import Account, counted
from recognizer.bulk.image_files import PassedOver
from recognizer.errors import InvalidImage
from recognizer.folders import command_line
from recognizer.images.decode import read_file
from recognizer.images.formats import READ_HERE
from recognizer.model_file.class_names import class_name
from recognizer.terminal import printable
from training.data import parts
from training.data.class_folders import find_class_folders, listing, refuse_no_folder
from training.errors import DatasetError
from training.progress import console

NO_LABEL = -1
_NAMED = 12


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
    """Files and folders in the data folders that are not taken, and why."""
    superseded: tuple[Superseded, ...] = ()
    """Pictures that are not among `images`, because the same one in another data folder counts."""

    def counts(self) -> dict[str, int]:
        """The number of pictures in each class, in class order."""
        counts = Counter(image.label for image in self.images)
        return {name: counts[label] for label, name in enumerate(self.class_names)}

    def called(self, class_names: Sequence[str]) -> Dataset:
        """The same pictures, with their classes called as a model's file spells them."""
        return replace(self, class_names=tuple(class_names))

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
        """The class whose folder a file is in; None for one in none of them, such as a picture of a test folder."""
        inside = self.below(path)
        return class_name(inside.parts[0]) if inside is not None and len(inside.parts) > 1 else None


def scan(*folders: Path) -> Dataset:
    """Lists the picture files below each class folder, by their suffix or first bytes, without decoding them.

    Hidden and system folders and files are passed over. Class folders of the same name are one class. The same file in
    several data folders is one picture, of the class that the last of them says.

    Raises:
        DatasetError: see `find_class_folders`.
    """
    looked = find_class_folders(folders)
    found = looked.folders
    class_names = sorted({folder.name for folder in found})
    number = {name: label for label, name in enumerate(class_names)}
    in_folders = [
        _labelled([(path, number[c.name]) for c in found if c.data == folder for path in c.listing.pictures])
        for folder in folders
    ]
    superseded = tuple(_superseded(in_folders))
    gone = {entry.image for entry in superseded}
    return Dataset(
        class_names=tuple(class_names),
        images=tuple(image for images in in_folders for image in images if image not in gone),
        folders=folders,
        passed_over=looked.passed_over,
        superseded=superseded,
    )


def tell(dataset: Dataset) -> None:
    """Prints what was understood of the data folders: classes, pictures, and what is passed over."""
    counts = dataset.counts()
    named = ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:_NAMED])
    more = ", ..." if len(counts) > _NAMED else ""
    taken = f"{counted(len(counts), 'class')}, {counted(len(dataset.images), 'picture')} ({named}{more})"
    folders = chain.from_iterable(("--data", folder) for folder in dataset.folders)
    see = command_line("training", "audit", *folders, "--passed-over")
    within = parts.within(filter(None, (dataset.below(image.path) for image in dataset.images)))
    among = parts.among(dataset.class_names)
    for line in (*Account(dataset.passed_over).lines(taken, see), *filter(None, [within, among])):
        console.print(printable(line), soft_wrap=True, markup=False)


def pictures_in(folder: Path) -> tuple[LabelledImage, ...]:
    """All pictures below a folder, whatever its folders mean.

    Raises:
        DatasetError: no such folder, or no pictures in it.
    """
    refuse_no_folder(folder)
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
        digests = pool.map(digest_of, (path for path, _ in paths))
        return tuple(LabelledImage(path, label, digest) for (path, label), digest in zip(paths, digests, strict=True))


def digest_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a picture file; empty where it cannot be opened."""
    try:
        with files.open_plain(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # The audit says why.
