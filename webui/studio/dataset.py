"""A project as a data set: where each class lies in class folders, and a digest that tells whether it has changed.

<folder>/classes/<class>/...   what is trained on
<folder>/other/...             other things, for `--unknown`
<folder>/unsorted/...          in a zip file: what is not sorted yet
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

from webui.studio.models import PictureClass

CLASSES = "classes"
_OTHER, _UNSORTED = "other", "unsorted"


def places(classes: Iterable[PictureClass], name_of: Callable[[str], str] = str) -> Callable[[PictureClass], PurePath]:
    """Says in which folder the pictures of a class lie.

    Args:
        classes: those that have any.
        name_of: a class's name as a folder may have it.
    """
    other = other_folder(name_of(each.name) for each in classes if not each.is_other)

    def place(each: PictureClass) -> PurePath:
        if each.is_unsorted:
            return PurePath(_UNSORTED)
        return PurePath(other) if each.is_other else PurePath(CLASSES, name_of(each.name))

    return place


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
