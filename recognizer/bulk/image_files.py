"""The picture files in folders, at any depth, in an order that is the same in every run.

Names are kept as text, not as `Path`: a million of them take 0.1 GB instead of 1 GB.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from recognizer.images.formats import SUFFIXES

_SUFFIXES = tuple(SUFFIXES)


def picture_files(folder: str, *, report: Callable[[str], None]) -> Iterator[str]:
    """Paths of the picture files below a folder, sorted name by name.

    Hidden files and folders are left out, and so are links to folders, which could lead round in a circle.

    Args:
        folder: where to begin.
        report: is told of each folder that cannot be read; the others are searched.
    """
    try:
        pictures, folders = _listed(folder)
    except OSError as err:
        report(f"The folder {folder} is left out: {err.strerror or err}.")
        return
    before = "" if folder == "." else f"{folder.rstrip('/')}/"
    for name in sorted([*pictures, *folders]):
        if name in folders:
            yield from picture_files(before + name, report=report)
        else:
            yield before + name


def _listed(folder: str) -> tuple[list[str], set[str]]:
    """Names of the pictures in a folder, and of the folders."""
    pictures, folders = [], set()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.add(entry.name)
            elif entry.name.lower().endswith(_SUFFIXES) and _is_file(entry):
                pictures.append(entry.name)
    return pictures, folders


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # A link that leads round in a circle.
        return False
