"""What a server answers with, as typed records, read from the JSON that docs/api.md describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recognizer.predictions import Prediction


@dataclass(frozen=True)
class ModelName:
    """The model that answered."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True)
class Answer:
    """The answer for one picture."""

    prediction: Prediction
    model: ModelName
    id: str | None
    """By which the history has it; None where it is not kept."""


@dataclass(frozen=True)
class Correction:
    """What somebody said of an answer."""

    kind: str
    """`right`, `class`, `none` or `new_class`."""
    label: str | None
    state: str
    """`pending`, `accepted` or `rejected`."""


@dataclass(frozen=True)
class HistoryAnswer:
    """An answer of the history."""

    id: str
    created: datetime
    filename: str
    prediction: Prediction
    model: str
    """Name and version: animals-2."""
    correction: Correction | None


@dataclass(frozen=True)
class ModelVersion:
    """A version of a model that the server can use."""

    id: str
    name: str
    version: str
    digest: str
    class_names: tuple[str, ...]
    architecture: str
    active: bool
    previous: bool
    answering: bool
    """Whether the server answers with it now."""
    results: Mapping[str, Any]
    """What was measured when it was trained."""


@dataclass(frozen=True)
class Activation:
    """A change of the version that answers, under way or ended."""

    id: int
    version: str
    before: str | None
    """The version that was active when it was asked for."""
    outcome: str
    """`running`, `done`, `failed` or `abandoned`."""
    problem: str | None
    """Why it failed."""

    @property
    def is_running(self) -> bool:
        """Whether the version is being tried."""
        return self.outcome == "running"


def model_name(entry: Mapping[str, Any]) -> ModelName:
    """The model that an answer names."""
    return ModelName(str(entry["name"]), str(entry["version"]), str(entry["digest"]))


def history_answer(entry: Mapping[str, Any]) -> HistoryAnswer:
    """An answer of the history."""
    said = entry["correction"]
    return HistoryAnswer(
        id=str(entry["id"]),
        created=datetime.fromisoformat(entry["created"]),
        filename=str(entry["filename"]),
        prediction=Prediction.from_dict(entry),
        model=str(entry["model"]),
        correction=correction(said) if said else None,
    )


def model_version(entry: Mapping[str, Any]) -> ModelVersion:
    """A version among those that the server lists."""
    return ModelVersion(
        id=str(entry["id"]),
        name=str(entry["name"]),
        version=str(entry["version"]),
        digest=str(entry["digest"]),
        class_names=tuple(map(str, entry["classes"])),
        architecture=str(entry["architecture"]),
        active=bool(entry["active"]),
        previous=bool(entry["previous"]),
        answering=bool(entry["answering"]),
        results=dict(entry["results"]),
    )


def correction(entry: Mapping[str, Any]) -> Correction:
    """What was said of an answer."""
    return Correction(str(entry["kind"]), entry["label"], str(entry["state"]))


def activation(entry: Mapping[str, Any]) -> Activation:
    """A change of the version that answers."""
    return Activation(int(entry["id"]), str(entry["version"]), entry["before"], str(entry["outcome"]), entry["problem"])
