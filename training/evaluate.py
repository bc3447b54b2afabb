"""Measures a model file on labelled pictures, through the same door that serving uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer
from recognizer.errors import ImageError
from training import progress
from training.dataset import Dataset, LabelledImage
from training.errors import DatasetError

_BATCH = 32


@dataclass(frozen=True)
class Mistake:
    """A picture that was taken for something else."""

    file: str
    actual: str
    predicted: str
    score: float


@dataclass(frozen=True)
class Evaluation:
    """How a model did on labelled pictures."""

    class_names: tuple[str, ...]
    """The model's classes, in the order of the matrix."""
    confusion_matrix: npt.NDArray[np.int64]
    """(C, C), pictures of the row's class that were taken for the column's."""
    mistakes: tuple[Mistake, ...]
    """The most confident first."""
    unreadable: tuple[tuple[str, str], ...]
    """File and reason; not counted anywhere."""

    @property
    def n(self) -> int:
        """Pictures that were answered."""
        return int(self.confusion_matrix.sum())

    @property
    def accuracy(self) -> float:
        """Share of them that were answered right."""
        return float(np.trace(self.confusion_matrix) / self.n)

    def per_class(self) -> dict[str, dict[str, float]]:
        """Precision, recall and F1 (0 where undefined) and the number of pictures, for each class."""
        right = np.diag(self.confusion_matrix)
        actual, predicted = self.confusion_matrix.sum(axis=1), self.confusion_matrix.sum(axis=0)
        return {
            name: {
                "precision": _ratio(right[i], predicted[i]),
                "recall": _ratio(right[i], actual[i]),
                "f1": _ratio(2 * right[i], actual[i] + predicted[i]),
                "n": int(actual[i]),
            }
            for i, name in enumerate(self.class_names)
        }

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as `evaluate --json` prints it."""
        return {
            "accuracy": self.accuracy,
            "n": self.n,
            "class_names": list(self.class_names),
            "per_class": self.per_class(),
            "confusion_matrix": self.confusion_matrix.tolist(),
            "mistakes": [vars(mistake) for mistake in self.mistakes],
            "unreadable": [{"file": file, "reason": reason} for file, reason in self.unreadable],
        }


def evaluate(recognizer: Recognizer, dataset: Dataset) -> Evaluation:
    """Classifies every picture and compares the answer with its folder.

    Raises:
        DatasetError: a folder that is none of the model's classes, or not one readable picture.
    """
    names = recognizer.metadata.class_names
    foreign = [name for name in dataset.class_names if name not in names]
    if foreign:
        raise DatasetError(
            f"The model does not know: {', '.join(foreign)}. Expected folders out of: {', '.join(names)}."
        )
    matrix = np.zeros((len(names), len(names)), np.int64)
    mistakes, unreadable = [], []
    for image, answer in _answers(recognizer, dataset.images):
        actual = dataset.class_names[image.label]
        file = f"{actual}/{image.path.name}"
        if isinstance(answer, ImageError):
            unreadable.append((file, str(answer)))
            continue
        best = answer.top[0]
        matrix[names.index(actual), names.index(best.label)] += 1
        if best.label != actual:
            mistakes.append(Mistake(file, actual, best.label, best.score))
    if not matrix.sum():
        raise DatasetError("Not one of the pictures can be read.")
    worst_first = tuple(sorted(mistakes, key=lambda mistake: -mistake.score))
    return Evaluation(names, matrix, worst_first, tuple(unreadable))


def _answers(recognizer: Recognizer, pictures: Sequence[LabelledImage]) -> Iterator[tuple[LabelledImage, Any]]:
    chunks = [pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH)]
    with ThreadPoolExecutor(cpu_count()) as pool, progress.bar("Evaluating", len(pictures)) as shown:
        for chunk in chunks:
            answers = recognizer.classify_batch(list(pool.map(_bytes, chunk)))
            yield from zip(chunk, answers, strict=True)
            shown.advance(shown.task_ids[0], len(chunk))


def _bytes(image: LabelledImage) -> bytes:
    try:
        return image.read()
    except ImageError:
        return b""  # Answered as a picture that cannot be read, like the others that cannot.


def _ratio(part: np.int64, whole: np.int64) -> float:
    return float(part / whole) if whole else 0.0
