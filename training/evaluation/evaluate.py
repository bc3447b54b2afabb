"""Evaluates a model file on labelled pictures, through `Recognizer`, as serving does.

class folders -> Recognizer -> Answered -> Evaluation: accuracy, confusion matrix, metrics, reliability
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer import Prediction, Recognizer
from recognizer.bulk.classify_files import classify_files
from recognizer.errors import ImageError
from recognizer.model_file.class_names import alike, known_as
from training.data import parts
from training.data.dataset import Dataset
from training.errors import DatasetError
from training.evaluation import metrics
from training.evaluation.confidence_intervals import Share
from training.evaluation.metrics import ClassFigures
from training.evaluation.reliability import Reliability, measure_reliability
from training.progress import track


@dataclass(frozen=True)
class Answered:
    """A labelled picture with the model's answer."""

    path: Path
    actual: str
    """The class that the picture's folder says."""
    prediction: Prediction

    @property
    def file(self) -> str:
        """The picture's class folder and file name."""
        return f"{self.actual}/{self.path.name}"

    @property
    def predicted(self) -> str:
        """The class with the highest probability, even where the picture was not accepted as any."""
        return self.prediction.top[0].label

    @property
    def score(self) -> float:
        """The probability of the best class."""
        return self.prediction.score

    @property
    def is_right(self) -> bool:
        """Whether the best class is the one that the picture's folder says."""
        return self.predicted == self.actual


@dataclass(frozen=True)
class Evaluation:
    """The evaluation of a model: its answers to labelled pictures, and the figures that follow from them."""

    class_names: tuple[str, ...]
    """The model's classes, in the order of the matrix; the pictures may lack some of them."""
    answered: tuple[Answered, ...]
    """The pictures that could be read, at least one."""
    unreadable: tuple[tuple[str, str], ...]
    """File and reason; not counted anywhere."""

    @property
    def n(self) -> int:
        """The number of pictures that were answered."""
        return len(self.answered)

    @property
    def correct(self) -> Share:
        """Share of the answered pictures whose best class is right, accepted or not."""
        return Share(int(self.right.sum()), self.n)

    @property
    def accuracy(self) -> float:
        """Share of the answered pictures whose best class is right, 0 to 1."""
        return self.correct.value

    @property
    def accepted(self) -> Share:
        """Share of the answered pictures that the model took for one of its classes, be it the wrong one."""
        return Share(sum(picture.prediction.known for picture in self.answered), self.n)

    @property
    def correct_of_accepted(self) -> Share:
        """Share of the accepted pictures whose best class is right."""
        accepted = [picture.is_right for picture in self.answered if picture.prediction.known]
        return Share(sum(accepted), len(accepted))

    @property
    def mistakes(self) -> tuple[Answered, ...]:
        """Pictures that were taken for something else, the most confident first."""
        wrong = (picture for picture in self.answered if not picture.is_right)
        return tuple(sorted(wrong, key=lambda picture: -picture.score))

    @cached_property
    def labels(self) -> npt.NDArray[np.int64]:
        """(N,) index of each picture's right class."""
        index = {name: position for position, name in enumerate(self.class_names)}
        return np.array([index[picture.actual] for picture in self.answered])

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """(N, C) probabilities of all classes, as they were answered."""
        index = {name: position for position, name in enumerate(self.class_names)}
        scores = np.zeros((self.n, len(index)))
        for row, picture in zip(scores, self.answered, strict=True):
            for entry in picture.prediction.top:
                row[index[entry.label]] = entry.score
        return scores

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """(N,) whether each picture's best class is right."""
        return np.array([picture.is_right for picture in self.answered])

    @cached_property
    def scores(self) -> npt.NDArray[np.float64]:
        """(N,) probability of each picture's best class."""
        return np.array([picture.score for picture in self.answered])

    @cached_property
    def confusion_matrix(self) -> npt.NDArray[np.int64]:
        """(C, C), pictures of the row's class that were taken for the column's."""
        index = {name: position for position, name in enumerate(self.class_names)}
        matrix = np.zeros((len(index), len(index)), np.int64)
        for picture in self.answered:
            matrix[index[picture.actual], index[picture.predicted]] += 1
        return matrix

    @cached_property
    def classes(self) -> tuple[ClassFigures, ...]:
        """Precision, recall and F1 of each class."""
        return metrics.class_figures(self.class_names, self.confusion_matrix)

    @cached_property
    def reliability(self) -> Reliability:
        """How far the model's probabilities can be trusted."""
        return measure_reliability(self.probabilities, self.labels, self.scores, self.right)

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as `evaluate --json` prints it."""
        return {
            "accuracy": self.accuracy,
            "accuracy_interval": self.correct.interval,
            "n": self.n,
            "class_names": list(self.class_names),
            "per_class": {figures.name: figures.to_dict() for figures in self.classes},
            "macro": metrics.macro(self.classes),
            "confusion_matrix": self.confusion_matrix.tolist(),
            "calibration": self.reliability.to_dict(),
            "known_accepted": {
                "share": self.accepted.value,
                "interval": self.accepted.interval,
                "accuracy": self.correct_of_accepted.value,
            },
            "mistakes": [_mistake(picture) for picture in self.mistakes],
            "unreadable": [{"file": file, "reason": reason} for file, reason in self.unreadable],
        }


def evaluate(recognizer: Recognizer, dataset: Dataset) -> Evaluation:
    """Classifies every picture and compares the answer with its folder.

    Raises:
        DatasetError: a folder that is none of the model's classes, or not one readable picture.
    """
    dataset = dataset.called(_known_names(recognizer, dataset))
    answered, unreadable = [], []
    answers = classify_files(recognizer, (str(image.path) for image in dataset.images))
    pairs = zip(dataset.images, answers, strict=True)
    for image, (_, answer) in track(pairs, "Evaluating", total=len(dataset.images)):
        actual = dataset.class_names[image.label]
        if isinstance(answer, ImageError):
            unreadable.append((f"{actual}/{image.path.name}", str(answer)))
        else:
            answered.append(Answered(image.path, actual, answer))
    if not answered:
        file, reason = unreadable[0]
        raise DatasetError(f"Not one of the pictures can be read. {file}: {reason}")
    return Evaluation(recognizer.metadata.class_names, tuple(answered), tuple(unreadable))


def _known_names(recognizer: Recognizer, dataset: Dataset) -> list[str]:
    """The classes of a data set, as the model spells them."""
    metadata = recognizer.metadata
    names = {name: known_as(name, metadata.class_names) for name in dataset.class_names}
    foreign = [name for name, known in names.items() if known is None]
    if foreign:
        raise DatasetError(
            f"The model {metadata.name} {metadata.version} does not know: {', '.join(foreign)}."
            f" Expected folders out of: {', '.join(metadata.class_names)}.{alike(foreign, metadata.class_names)}"
            f"{parts.instead(dataset.folders)} Pictures of other things go to --unknown."
        )
    return [known for known in names.values() if known is not None]


def _mistake(picture: Answered) -> dict[str, Any]:
    return {
        "file": picture.file,
        "actual": picture.actual,
        "predicted": picture.predicted,
        "score": picture.score,
        "known": picture.prediction.known,
    }
