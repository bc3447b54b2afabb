"""Reads what a model file records about its making, which no schema binds: what is not as expected is left out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

T = TypeVar("T")


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


Lenient = Annotated[T | None, WrapValidator(_or_none)]
"""A value that is None where the record has something else."""

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
_Text = Annotated[str, Field(max_length=500)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class ClassFigures(_Record):
    """How one class did on the pictures held back."""

    precision: Share
    recall: Share
    f1: Share
    n: Count


class Validation(_Record):
    """What was measured on the pictures held back from training."""

    accuracy: Share
    n: Count
    per_class: Lenient[dict[str, ClassFigures]] = None
    confusion_matrix: Lenient[tuple[tuple[Count, ...], ...]] = None
    """Row: what a picture shows; column: what it was taken for."""


class CrossValidation(_Record):
    """Trainings that each left some sources out."""

    accuracy_on_groups_left_out: Share
    accuracy_on_groups_trained_on: Share
    folds: tuple[Any, ...]


class Sureness(_Record):
    """How well scores say how often they are right."""

    expected_calibration_error: Share


class Calibration(_Record):
    """What choosing a temperature has changed."""

    pictures: Count
    before: Sureness
    after: Sureness


class Phase(_Record):
    """One phase of fine-tuning, epoch by epoch."""

    unfreeze: Lenient[_Text] = None
    accuracy: Lenient[tuple[float, ...]] = None
    loss: Lenient[tuple[float, ...]] = None
    val_accuracy: Lenient[tuple[float, ...]] = None
    val_loss: Lenient[tuple[float, ...]] = None


class Results(_Record):
    """`ModelMetadata.results`, as far as it can be read."""

    validation: Lenient[Validation] = None
    cross_validation: Lenient[CrossValidation] = None
    calibration: Lenient[Calibration] = None
    history: Lenient[tuple[Phase, ...]] = None


class Data(_Record):
    """The pictures that a model was trained on."""

    images: Lenient[dict[str, Count]] = None
    train: Lenient[Count] = None
    validation: Lenient[Count] = None
    digest: Lenient[_Text] = None


class StartingWeights(_Record):
    """What training began with."""

    kind: _Text
    file: Lenient[_Text] = None
    name: Lenient[_Text] = None
    version: Lenient[_Text] = None


class Provenance(_Record):
    """`ModelMetadata.provenance`, as far as it can be read."""

    finished: Lenient[datetime] = None
    training_seconds: Lenient[Count] = None
    git_commit: Lenient[_Text] = None
    git_dirty: Lenient[bool] = None
    data: Lenient[Data] = None
    starting_weights: Lenient[StartingWeights] = None
    recipe: Lenient[dict[str, Any]] = None
    python: Lenient[_Text] = None
    packages: Lenient[dict[str, _Text]] = None
    machine: Lenient[_Text] = None


def results(record: dict[str, Any]) -> Results:
    """Reads `ModelMetadata.results`."""
    return Results.model_validate(record)


def provenance(record: dict[str, Any]) -> Provenance:
    """Reads `ModelMetadata.provenance`."""
    return Provenance.model_validate(record)
