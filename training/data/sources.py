"""Finds out by itself where pictures come from, where that is plain to see.

DIR/cat/shelter/0001.jpg      folders inside the class folders are sources: shelter
DIR/MANIFEST.tsv              or .csv, in DIR or up to two folders above: two columns, file and source

Pictures of one source resemble each other, in light, size and background. Whoever judges a model on pictures of the
sources that it learned from is told that it is better than it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from training.data.dataset import Dataset
from training.data.groups import Groups, read_table
from training.progress import console

_FEWEST = 2
_MANIFESTS = ("MANIFEST.tsv", "MANIFEST.csv", "manifest.tsv", "manifest.csv")
_ABOVE = 2
"""A manifest often lies beside the folders of training and test pictures, and lists both."""


def find_sources(dataset: Dataset) -> Groups | None:
    """The source of each picture, from a manifest or the folders that they lie in; None where neither says it of all.

    Says what it found.
    """
    for found, where in (*_in_manifests(dataset), (_in_folders(dataset), "folders inside the class folders")):
        names = set(found.values())
        if len(found) == len(dataset.images) and _FEWEST <= len(names) < len(dataset.images):
            console.print(
                f"{len(names):,} sources of pictures, by {where}: all pictures of a source are held back, or none.",
                soft_wrap=True,
                markup=False,
            )
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
    for place in sorted(around, key=lambda path: -len(path.parts)):
        for path in (place / name for name in _MANIFESTS):
            if path.is_file():
                yield _listed(path, dataset), str(path)


def _listed(path: Path, dataset: Dataset) -> Groups:
    """What a manifest says of pictures, whose paths it gives from its own folder or from the data folder."""
    from_here = {image: image.path.resolve() for image in dataset.images}
    names = {
        image: place.relative_to(path.parent).as_posix()
        for image, place in from_here.items()
        if place.is_relative_to(path.parent)
    }
    found = read_table(path, names)
    if len(found) == len(dataset.images):
        return found
    below = {image: (dataset.below(image.path) or image.path).as_posix() for image in dataset.images}
    return read_table(path, below)
