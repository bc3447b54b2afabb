"""Says what is remarkable about the classes of a data set."""

from __future__ import annotations

from collections.abc import Iterator

from training.dataset import Dataset
from training.findings import Finding, Kind

MIN_IMAGES_PER_CLASS = 2
_UNBALANCED = 5
"""The largest class has at least this many times the pictures of the smallest."""


def refusals(usable: Dataset) -> Iterator[Finding]:
    """Why no classifier can be made of the usable pictures."""
    if len(usable.class_names) < 2:
        only = usable.class_names[0]
        yield _about(f"There is only one class, {only!r}. A classifier needs at least two folders to tell apart.")
    for label, name in enumerate(usable.class_names):
        different = len({image.digest for image in usable.images if image.label == label})
        if different < MIN_IMAGES_PER_CLASS:
            yield _about(
                f"The class {name!r} has {different} different usable pictures; at least {MIN_IMAGES_PER_CLASS} are"
                " needed, and some dozens for a model that is any good."
            )


def imbalance(usable: Dataset) -> Iterator[Finding]:
    """Whether some classes are far smaller than others."""
    counts = usable.counts()
    smallest, largest = (choose(counts, key=lambda name: counts[name]) for choose in (min, max))
    if counts[largest] >= _UNBALANCED * counts[smallest]:
        detail = f"{largest!r} has {counts[largest]} pictures, {smallest!r} has {counts[smallest]}."
        yield Finding(Kind.UNBALANCED, (), detail)


def _about(detail: str) -> Finding:
    return Finding(Kind.TOO_FEW, (), detail)
