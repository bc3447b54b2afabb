"""A project as a data set: where each class lies in class folders, and a digest that tells whether it has changed.

<folder>/classes/<class>/...   what is trained on
<folder>/other/...             other things, for `--unknown`
<folder>/unsorted/...          in a zip file: what is not sorted yet
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath

CLASSES = "classes"
_OTHER, _UNSORTED = "other", "unsorted"


def places(classes: Mapping[str, bool], name_of: Callable[[str], str] = str) -> Callable[[str], PurePath]:
    """Says in which folder the pictures of a class lie.

    Args:
        classes: names of those that have any, and whether each is that of other things; unsorted ones have no name.
        name_of: a class's name as a folder may have it.
    """
    other = other_folder(name_of(name) for name, is_other in classes.items() if not is_other)

    def folder_of(name: str) -> PurePath:
        if not name:
            return PurePath(_UNSORTED)
        return PurePath(other) if classes[name] else PurePath(CLASSES, name_of(name))

    return folder_of


def other_folder(names: Iterable[str]) -> str:
    """The name of the folder of other things, unlike that of any class: `fit` passes over what is called as a class is.

    Args:
        names: of the folders of classes.
    """
    taken = {name.casefold() for name in names}
    name = _OTHER
    while name in taken:
        name += "_things"
    return name


def digest_of(rows: Iterable[tuple[str, str]]) -> str:
    """The digest of a data set: of each picture's class and digest, in whatever order they come."""
    lines: Iterator[str] = (f"{label}\0{digest}\n" for label, digest in sorted(rows))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
