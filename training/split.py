"""Holds pictures back for validation, by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from training.dataset import Dataset, LabelledImage


@dataclass(frozen=True)
class Split:
    """Two disjoint parts of a data set."""

    train: tuple[LabelledImage, ...]
    validation: tuple[LabelledImage, ...]


def by_content(dataset: Dataset, *, validation_fraction: float, seed: int) -> Split:
    """Splits each class in the same proportion, at least one different picture on either side.

    The order of the files' digests decides, not their names or the order of the folder: copies of one
    file stay together, and a picture keeps its side when others are added around it, but for the few
    at the border.
    """
    held_back: set[str] = set()
    for label in range(len(dataset.class_names)):
        digests = {image.digest for image in dataset.images if image.label == label}
        ordered = sorted(digests, key=lambda digest: hashlib.sha256(f"{seed}:{digest}".encode()).digest())
        count = min(max(round(len(ordered) * validation_fraction), 1), len(ordered) - 1)
        held_back.update(ordered[:count])
    return Split(
        train=tuple(image for image in dataset.images if image.digest not in held_back),
        validation=tuple(image for image in dataset.images if image.digest in held_back),
    )
