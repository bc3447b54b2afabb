"""Looks at the pictures before any time is spent on them, and refuses what cannot make a classifier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count

from recognizer import images
from recognizer.errors import ImageError, InvalidImage
from training.dataset import Dataset, LabelledImage
from training.errors import DatasetError
from training.progress import track

MIN_IMAGES_PER_CLASS = 2


@dataclass(frozen=True)
class Audit:
    """What was found."""

    dataset: Dataset
    """The pictures that can be used."""
    left_out: tuple[tuple[LabelledImage, ImageError], ...]
    """The pictures that cannot, and why."""


def audit(dataset: Dataset) -> Audit:
    """Decodes every picture once and leaves out those that cannot be read, or that stand in several classes.

    Raises:
        DatasetError: fewer than two classes, or a class with too few different readable pictures to
            hold one back for validation.
    """
    if len(dataset.class_names) < 2:
        only = dataset.class_names[0]
        raise DatasetError(f"There is only one class, {only!r}. A classifier needs at least two folders to tell apart.")
    problems = dict(_contradictions(dataset)) | dict(_problems(dataset))
    usable = replace(dataset, images=tuple(image for image in dataset.images if image not in problems))
    _refuse_small_classes(usable)
    return Audit(dataset=usable, left_out=tuple(problems.items()))


def _contradictions(dataset: Dataset) -> Iterator[tuple[LabelledImage, ImageError]]:
    """Nothing can be learned from them, and a split by content could take all pictures of a class to one side."""
    classes = defaultdict(set)
    for image in dataset.images:
        classes[image.digest].add(image.label)
    for image in dataset.images:
        others = sorted(classes[image.digest] - {image.label})
        if others:
            names = ", ".join(repr(dataset.class_names[label]) for label in others)
            yield image, InvalidImage(f"The same picture is in the class {names} as well.")


def _problems(dataset: Dataset) -> Iterator[tuple[LabelledImage, ImageError]]:
    with ThreadPoolExecutor(cpu_count()) as pool:
        results = pool.map(_problem, dataset.images)
        for image, problem in track(zip(dataset.images, results, strict=True), "Reading", total=len(dataset.images)):
            if problem is not None:
                yield image, problem


def _problem(image: LabelledImage) -> ImageError | None:
    try:
        images.decode(image.read())
    except ImageError as err:
        return err
    return None


def _refuse_small_classes(dataset: Dataset) -> None:
    for label, name in enumerate(dataset.class_names):
        different = len({image.digest for image in dataset.images if image.label == label})
        if different < MIN_IMAGES_PER_CLASS:
            raise DatasetError(
                f"The class {name!r} has {different} different usable pictures; at least {MIN_IMAGES_PER_CLASS} are"
                " needed, and some dozens for a model that is any good."
            )
