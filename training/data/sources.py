"""Finds out by itself where pictures come from, where that is plain to see.

DIR/cat/shelter/0001.jpg      folders inside the class folders are sources: shelter
DIR/MANIFEST.tsv              or .csv, in DIR or up to two folders above: file, then source, or a column headed so

Pictures of one source resemble each other, in light, size and background. Whoever judges a model on pictures of the
sources that it learned from is told that it is better than it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from recognizer.terminal import printable
from training.data.dataset import Dataset, LabelledImage
from training.data.groups import Groups, composed, name_below, read_table
from training.errors import DatasetError
from training.progress import console

_FEWEST = 2
_MANIFESTS = ("MANIFEST.tsv", "MANIFEST.csv", "manifest.tsv", "manifest.csv")
_HEADING = "source"
_ABOVE = 2
"""A manifest often lies beside the folders of training and test pictures, and lists both."""


def find_sources(
    dataset: Dataset, *, what_for: str = "all pictures of a source are held back, or none"
) -> Groups | None:
    """The source of each picture, from a manifest or the folders that they lie in; None where neither says it of all.

    Says what it found, and what for. Nobody has asked for it, so that nothing in it is an error: a manifest that cannot
    be read, or names some of the pictures only, is passed over with a sentence.
    """
    inside = (_in_folders(dataset), "folders inside the class folders")
    for found, where in itertools.chain(_in_manifests(dataset), [inside]):
        names = set(found.values())
        if len(found) == len(dataset.images) and _FEWEST <= len(names) < len(dataset.images):
            _tell(f"{len(names):,} sources of pictures, by {where}: {what_for}.")
            return found
    return None


def _in_folders(dataset: Dataset) -> Groups:
    found = {}
    for image in dataset.images:
        below = dataset.below(image.path)
        if below is not None and len(below.parts) > 2:  # Class, source, file.
            found[image] = below.parts[1]
    return found


def _in_manifests(dataset: Dataset) -> Iterator[tuple[Groups, str]]:
    folders = {folder.resolve() for folder in dataset.folders}
    around = {place for folder in folders for place in itertools.islice((folder, *folder.parents), _ABOVE + 1)}
    for place in sorted(around, key=lambda path: (-len(path.parts), path)):
        for path in (place / name for name in _MANIFESTS):
            if path.is_file():
                yield _listed(path, dataset), str(path)


def _listed(path: Path, dataset: Dataset) -> Groups:
    """What a manifest says of pictures, whose paths it gives from its own folder or from the data folder."""
    names = {image: (_name_from(path.parent, image), name_below(dataset, image)) for image in dataset.images}
    try:
        sources = read_table(path, {name for both in names.values() for name in both}, heading=_HEADING)
    except DatasetError as err:
        _tell(f"{err} It is passed over.")
        return {}
    found = {image: sources[name] for image, both in names.items() for name in both if name in sources}
    if 0 < len(found) < len(dataset.images):
        _tell(f"{path} has the source of {len(found):,} of {len(dataset.images):,} pictures, so it is passed over.")
    return found


def _name_from(folder: Path, image: LabelledImage) -> str:
    path = image.path.resolve()
    return composed((path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix())


def _tell(sentence: str) -> None:
    console.print(printable(sentence), soft_wrap=True, markup=False)
