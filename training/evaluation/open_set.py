"""Open-set evaluation: how many pictures of other things a model takes for one of its classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.metrics import roc_auc_score

from recognizer import Prediction, Recognizer
from recognizer.bulk.classify_files import classify_files
from recognizer.errors import ImageError
from recognizer.images.formats import READ_HERE
from training.data import unknown_images
from training.data.dataset import Dataset
from training.errors import DatasetError
from training.evaluation.confidence_intervals import CONFIDENCE, Share
from training.evaluation.evaluate import Answered
from training.progress import track

ScoreName = Literal["familiarity", "probability"]
"""As `evaluate --json` spells it."""


@dataclass(frozen=True)
class AnsweredUnknown:
    """A picture that shows none of the model's classes, with the answer for it."""

    folder: str
    """The first folder below the one that was given, see `UnknownPicture`."""
    kind: str
    prediction: Prediction


@dataclass(frozen=True)
class UnknownKind:
    """How a model answers unknown pictures of one kind of thing."""

    name: str
    """The kind, with its folder where another folder has the same kind."""
    folder: str
    accepted: Share


@dataclass(frozen=True)
class Separation:
    """How well a score tells known from unknown pictures, whatever threshold is put on it."""

    score: ScoreName
    """What is compared: `familiarity`, the in-distribution score, where the model has one, or else `probability` of the
    best class."""
    auroc: float
    """Probability that a known picture has a higher score than an unknown one; 0.5 is guessing."""
    accepted_at_95: float
    """Share of the unknown pictures above the threshold that 95 % of the known ones pass."""


@dataclass(frozen=True)
class OpenSetEvaluation:
    """How a model answers unknown pictures: which it accepts as one of its classes."""

    pictures: tuple[AnsweredUnknown, ...]
    """The unknown pictures that could be read, at least one."""
    unreadable: tuple[tuple[str, str], ...]
    """File and reason; not counted anywhere."""

    @property
    def accepted(self) -> Share:
        """Share of all unknown pictures that were accepted."""
        return _accepted(self.pictures)

    @property
    def folders(self) -> dict[str, list[AnsweredUnknown]]:
        """The pictures of each top folder."""
        groups = defaultdict(list)
        for picture in self.pictures:
            groups[picture.folder].append(picture)
        return {folder: groups[folder] for folder in sorted(groups)}

    @property
    def by_folder(self) -> dict[str, Share]:
        """Share of each top folder's pictures that were accepted."""
        return {folder: _accepted(pictures) for folder, pictures in self.folders.items()}

    @property
    def by_kind(self) -> tuple[UnknownKind, ...]:
        """Share of each kind's pictures that were accepted, folder by folder."""
        groups = defaultdict(list)
        for picture in self.pictures:
            groups[picture.folder, picture.kind].append(picture)
        names = [kind for _, kind in groups]
        return tuple(
            UnknownKind(kind if names.count(kind) == 1 else f"{folder}/{kind}", folder, _accepted(groups[folder, kind]))
            for folder, kind in sorted(groups)
        )

    def to_dict(self, known: Sequence[Answered]) -> dict[str, Any]:
        """The measurement as `evaluate --json` prints it."""
        separated = separation(known, self.pictures)
        return {
            "n": len(self.pictures),
            **_share(self.accepted),
            "by_folder": {
                name: {
                    "n": len(pictures),
                    **_share(_accepted(pictures)),
                    "accepted_at_95_known": separation(known, pictures).accepted_at_95,
                }
                for name, pictures in self.folders.items()
            },
            "by_kind": {
                kind.name: {"n": kind.accepted.whole, "folder": kind.folder, **_share(kind.accepted)}
                for kind in self.by_kind
            },
            "score": separated.score,
            "auroc": separated.auroc,
            "accepted_at_95_known": separated.accepted_at_95,
            "unreadable": [{"file": file, "reason": reason} for file, reason in self.unreadable],
        }


def evaluate_open_set(
    recognizer: Recognizer, folders: Sequence[Path], classes: Dataset | None = None
) -> OpenSetEvaluation:
    """Classifies every picture below some folders, none of which shows one of the model's classes.

    Args:
        recognizer: the model.
        folders: with pictures at any depth.
        classes: the pictures of the classes; the same files are passed over.

    Raises:
        DatasetError: there is no such folder, two of them overlap, or not one picture in them can be read.
    """
    found = unknown_images.find_unknown(folders, recognizer.metadata.class_names, classes=classes)
    answers = classify_files(recognizer, (str(picture.path) for picture in found))
    answered, unreadable = [], []
    pairs = zip(found, answers, strict=True)
    for picture, (_, answer) in track(pairs, "Evaluating unknown pictures", total=len(found)):
        if isinstance(answer, ImageError):
            unreadable.append((str(picture.relative), str(answer)))
        else:
            answered.append(AnsweredUnknown(picture.folder, picture.kind, answer))
    if not answered:
        raise DatasetError(
            f"Not one picture of other things in {unknown_images.listed(folders)} can be read. (read are {READ_HERE})"
        )
    return OpenSetEvaluation(tuple(answered), tuple(unreadable))


def separation(known: Sequence[Answered], unknown: Sequence[AnsweredUnknown]) -> Separation:
    """How well the model's best score for the purpose tells known pictures from unknown ones."""
    name = score_name([*(picture.prediction for picture in known), *(picture.prediction for picture in unknown)])
    inside = np.array([score(picture.prediction, name) for picture in known])
    outside = np.array([score(picture.prediction, name) for picture in unknown])
    is_known = np.concatenate([np.ones(len(inside)), np.zeros(len(outside))])
    threshold = np.quantile(inside, 1 - CONFIDENCE, method="lower")
    return Separation(
        score=name,
        auroc=float(roc_auc_score(is_known, np.concatenate([inside, outside]))),
        accepted_at_95=float((outside >= threshold).mean()),
    )


def score_name(predictions: Iterable[Prediction]) -> ScoreName:
    """`familiarity` where every answer has an in-distribution score, else `probability`."""
    has_it = all(prediction.ood_score is not None for prediction in predictions)
    return "familiarity" if has_it else "probability"


def score(prediction: Prediction, name: ScoreName) -> float:
    """The score that tells known from unknown pictures: more is better known."""
    if name == "familiarity" and prediction.ood_score is not None:
        return prediction.ood_score
    return prediction.score


def _accepted(pictures: Sequence[AnsweredUnknown]) -> Share:
    return Share(sum(picture.prediction.known for picture in pictures), len(pictures))


def _share(share: Share) -> dict[str, Any]:
    return {"accepted": share.value, "accepted_interval": share.interval}
