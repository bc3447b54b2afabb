"""The prediction for one picture: classes with scores, whether it is one of them, a heat map."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from recognizer.predictions import documents


class NamedModel(Protocol):
    """A model that answered: a file's metadata, or a version on a server."""

    @property
    def name(self) -> str:
        """Of all its versions."""

    @property
    def version(self) -> str:
        """Of this one."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the network's outputs."""


@dataclass(frozen=True)
class ClassScore:
    """One class and its probability, 0 to 1."""

    label: str
    score: float


@dataclass(frozen=True)
class HeatMap:
    """Where in a picture the network sees a class, drawn to be laid over the whole of it."""

    label: str
    """The class: the best one, also where the picture is none of them."""
    picture: bytes
    """A PNG with the proportions of the upright picture, as transparent as there is little to see."""
    where: str
    """Which part of the picture has the most of it: one of `documents.Place`, such as "top left"."""

    @property
    def data_uri(self) -> str:
        """The PNG as a `data:` address."""
        return f"data:image/png;base64,{base64.b64encode(self.picture).decode('ascii')}"

    def document(self) -> documents.HeatMap:
        """The heat map as the JSON API spells it."""
        return documents.HeatMap(label=self.label, where=self.where, image=self.data_uri)

    @classmethod
    def from_dict(cls, entry: Mapping[str, str]) -> HeatMap:
        """The heat map that `to_dict` wrote; raises as `Prediction.from_dict` does."""
        picture = base64.b64decode(entry["image"].partition(",")[2], validate=True)
        return cls(label=entry["label"], picture=picture, where=entry["where"])


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture."""

    width: int
    """Of the upright picture as it was sent, in pixels."""
    height: int
    known: bool
    """False: the picture is none of the classes. Always true of a model without a rejection."""
    top: tuple[ClassScore, ...]
    """Every class, best first."""
    ood_score: float | None = None
    """In-distribution score, which `known` follows from: more is better known. None of a model without a rejection."""
    likeness: float | None = None
    """How like what the model learned the picture is, 0 to 1; at least 0.5 where it is known. None where the model
    has no scale for it."""
    passes: int = 1
    """How often the network looked: twice where the first answer was unsure."""
    heatmap: HeatMap | None = None
    """None where it was not asked for, or where the network has no class activation maps."""
    embedding: tuple[float, ...] | None = None
    """What the network's last layer got at the first look, in single precision; None where it was not asked for."""

    @property
    def label(self) -> str | None:
        """The class, or None where the picture is none of them."""
        return self.top[0].label if self.known else None

    @property
    def score(self) -> float:
        """Probability of the best class."""
        return self.top[0].score

    def document(self, *, top_k: int | None = None) -> documents.Prediction:
        """The prediction as the JSON API spells it, with the `top_k` best classes (default: all)."""
        return documents.Prediction(
            **self.answer_members(),
            passes=self.passes,
            top=_scores(self.top[:top_k]),
            heatmap=self.heatmap.document() if self.heatmap else None,
            embedding=None if self.embedding is None else _embedding(self.embedding),
        )

    def to_dict(self, *, top_k: int | None = None) -> dict[str, Any]:
        """The document as `json.dumps` takes it."""
        return self.document(top_k=top_k).to_dict()

    def answer_members(self) -> dict[str, Any]:
        """The members of a `documents.PictureAnswer`."""
        return {name: getattr(self, name) for name in documents.PictureAnswer.model_fields}

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Prediction:
        """The prediction that `to_dict` wrote; of the history, whose older answers lack `passes`, too.

        Raises:
            LookupError, TypeError, ValueError: it is something else.
        """
        heatmap = entry.get("heatmap")
        return cls(
            int(entry["width"]),
            int(entry["height"]),
            known=bool(entry["known"]),
            top=tuple(ClassScore(str(each["label"]), float(each["score"])) for each in entry["top"]),
            likeness=None if entry["likeness"] is None else float(entry["likeness"]),
            passes=int(entry["passes"] or 1),
            heatmap=HeatMap.from_dict(heatmap) if heatmap else None,
        )


@dataclass(frozen=True)
class BackboneName:
    """What the backbone's own head calls a picture: one of the kinds of things that it knew first."""

    name: str
    """In English."""
    score: float
    """Its probability among all of these kinds, 0 to 1."""


@dataclass(frozen=True)
class Explanation:
    """What there is to say about one answer."""

    prediction: Prediction
    method: str | None
    """How the heat maps were made; None where the network has none."""
    heatmaps: tuple[HeatMap, ...]
    """Of the classes that were asked for, the best first."""
    backbone_names: tuple[BackboneName, ...]
    """The best of them; none where the model file has no such head."""

    def document(self) -> documents.Explanation:
        """The explanation as the JSON API spells it."""
        return documents.Explanation(
            **self.prediction.answer_members(),
            passes=self.prediction.passes,
            top=_scores(self.prediction.top),
            method=self.method,
            heatmaps=[heatmap.document() for heatmap in self.heatmaps],
            backbone=[documents.BackboneName(name=entry.name, score=entry.score) for entry in self.backbone_names],
        )

    def to_dict(self) -> dict[str, Any]:
        """The document as `json.dumps` takes it."""
        return self.document().to_dict()


def rank(class_names: tuple[str, ...], probabilities: npt.NDArray[np.float32]) -> tuple[ClassScore, ...]:
    """Pairs the (C,) probabilities of one picture with their names, best first; equal ones in class order."""
    order = np.argsort(-probabilities, kind="stable")
    return tuple(ClassScore(class_names[i], round(float(probabilities[i]), 6)) for i in order)


def _scores(top: tuple[ClassScore, ...]) -> list[documents.ClassScore]:
    return [documents.ClassScore(label=entry.label, score=entry.score) for entry in top]


def _embedding(values: tuple[float, ...]) -> documents.Embedding:
    return documents.Embedding(dtype="float32", shape=[len(values)], values=list(values))
