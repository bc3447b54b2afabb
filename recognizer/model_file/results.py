"""The records of how a model was made: `Results`, what was measured, and `Provenance`, where it comes from.

    training -> Results, Provenance -> to_dict -> JSON in the model file -> read -> Results, Provenance

Training writes them; `inspect`, `versions`, the model's page and the report read them. No schema binds what a file
says, for files come from anywhere and from other versions: a part that is missing or wrong is None, a key that this
version does not know is kept, and reading never fails. What could skew an answer stands in `metadata` instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from recognizer.model_file.histogram import Histogram

T = TypeVar("T")


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


def _within_calendars(value: datetime) -> datetime:
    """Far ends have no local time in some time zones."""
    if not 1900 <= value.year <= 9000:
        raise ValueError(f"Expected a year from 1900 to 9000. Received: {value.year}")
    return value


Lenient = Annotated[T | None, WrapValidator(_or_none)]
"""A part that is None where the record has something else."""

# Bounds that no honest figure reaches; larger ones overflow where they are drawn or multiplied.
Share = Annotated[float, Field(ge=0, le=1)]
Interval = tuple[Share, Share]
"""Confidence interval of 95 %; None where there are no pictures."""
Count = Annotated[int, Field(ge=0, le=10**12)]
Metric = Annotated[float, Field(ge=-1e9, le=1e9)]
Text = Annotated[str, Field(max_length=500)]
Moment = Annotated[datetime, AfterValidator(_within_calendars), PlainSerializer(datetime.isoformat, when_used="json")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        """The record, as far as what a model file says can be understood."""
        return cls.model_validate(stored)

    def to_dict(self) -> dict[str, Any]:
        """The record as a model file stores it: what was given, under the names of the fields."""
        return self.model_dump(mode="json", exclude_unset=True)


class ClassResults(_Record):
    """Precision, recall and F1 of one class on the pictures held back."""

    precision: Share
    precision_interval: Lenient[Interval] = None
    recall: Share
    recall_interval: Lenient[Interval] = None
    f1: Share
    f1_interval: Lenient[Interval] = None
    n: Count
    """Pictures of the class."""


class Validation(_Record):
    """Accuracy on the pictures held back from training."""

    accuracy: Share
    n: Count
    """Pictures held back."""
    per_class: Lenient[dict[str, ClassResults]] = None
    confusion_matrix: Lenient[tuple[tuple[Count, ...], ...]] = None
    """Row: what a picture shows; column: what it was taken for. None where there are too many classes for it."""


class Counted(_Record):
    """A share as the two numbers that it was counted from."""

    part: Count
    whole: Count

    @model_validator(mode="after")
    def _is_a_share(self) -> Self:
        if self.part > self.whole:
            raise ValueError(f"Expected at most {self.whole}. Received: part={self.part}")
        return self


class Fold(_Record):
    """One training of a cross-validation; how many groups it left out, and its right answers."""

    groups: Count
    left_out: Counted
    held_back: Counted


class CrossValidation(_Record):
    """Accuracy of trainings that each left some groups of pictures out."""

    accuracy_on_groups_left_out: Share
    accuracy_on_groups_trained_on: Share
    folds: tuple[Lenient[Fold], ...]


class Sources(_Record):
    """How a share differs between sources of pictures (people, places, cameras) that were not learned from."""

    sources: Count
    pictures: Count
    """Of all of them."""
    rows: Lenient[tuple[Counted, ...]] = None
    """Of each source with ten pictures or more, the worst first, and at most the worst fifty; without names."""
    expected: Lenient[Interval] = None
    """What to expect of a new source: the mean of the worst quarter, and of all. None where there are too few."""


class BySource(_Record):
    """How the model does on sources that it was not trained on."""

    right: Lenient[Sources] = None
    """Pictures that were named rightly, accepted or not."""
    accepted: Lenient[Sources] = None
    """Pictures that were accepted as one of the classes."""


class CalibrationError(_Record):
    """How far scores lie from how often they are right."""

    expected_calibration_error: Share
    log_loss: Lenient[Metric] = None


class Calibration(_Record):
    """Calibration error before and after the temperature was chosen."""

    pictures: Count
    """Held back from training, on which temperature and threshold were chosen."""
    engine: Lenient[Text] = None
    """What the pictures were answered with."""
    before: CalibrationError
    """With the scores as they would be without any factor or temperature."""
    after: CalibrationError
    scores: Lenient[Histogram] = None
    """Of their best classes."""
    likenesses: Lenient[Histogram] = None
    """None of a model that cannot tell them, and of older files."""


class Phase(_Record):
    """Metrics of one phase of fine-tuning, a value for each epoch."""

    unfreeze: Lenient[Text] = None
    epochs: Lenient[Count] = None
    """As the recipe has it; fewer were trained where it stopped early."""
    learning_rate: Lenient[Metric] = None
    accuracy: Lenient[tuple[Metric, ...]] = None
    loss: Lenient[tuple[Metric, ...]] = None
    val_accuracy: Lenient[tuple[Metric, ...]] = None
    val_loss: Lenient[tuple[Metric, ...]] = None
    rate: Lenient[tuple[Metric, ...]] = None
    """Learning rate."""
    seconds: Lenient[tuple[Metric, ...]] = None
    waiting: Lenient[tuple[Metric, ...]] = None
    """Share of the seconds in which the network waited for pictures."""


class Results(_Record):
    """What was measured when a model was made."""

    validation: Lenient[Validation] = None
    history: Lenient[tuple[Phase, ...]] = None
    cross_validation: Lenient[CrossValidation] = None
    calibration: Lenient[Calibration] = None
    by_source: Lenient[BySource] = None


class Data(_Record):
    """The pictures that a model was trained on: how many, and their digests."""

    digest: Lenient[Text] = None
    images: Lenient[dict[str, Count]] = None
    """Pictures of each class."""
    train: Lenient[Count] = None
    validation: Lenient[Count] = None
    """Pictures held back."""
    validation_digest: Lenient[Text] = None


class StartingWeights(_Record):
    """The weights that training began with."""

    kind: Text
    """`none`, `imagenet`, `file` or `model`."""
    file: Lenient[Text] = None
    name: Lenient[Text] = None
    version: Lenient[Text] = None
    digest: Lenient[Text] = None
    starting_weights: Lenient[StartingWeights] = None
    """Of the earlier model: what its own training began with."""


class Recipe(_Record):
    """The options of a training that are needed to divide its pictures again; the others are kept as they are."""

    seed: Lenient[Count] = None
    validation_fraction: Lenient[Share] = None


class Import(_Record):
    """The file of another program that a model was made of."""

    file: Text
    """Its name."""
    digest: Text
    keras: Text
    """The version that wrote it, where it says so."""
    at: Moment
    layers: Lenient[Count] = None
    """How many were taken up."""
    backbone: Lenient[Text] = None
    """The largest network inside the network, by its name."""


class Provenance(_Record):
    """Where a model comes from: time, code, data, starting weights, recipe, software, machine."""

    finished: Lenient[Moment] = None
    training_seconds: Lenient[Count] = None
    git_commit: Lenient[Text] = None
    git_dirty: Lenient[bool] = None
    """Whether the code differed from the commit."""
    data: Lenient[Data] = None
    starting_weights: Lenient[StartingWeights] = None
    imported: Lenient[Import] = None
    """Of a model that was trained by another program."""
    recipe: Lenient[Recipe] = None
    python: Lenient[Text] = None
    packages: Lenient[dict[str, Text]] = None
    machine: Lenient[Text] = None
    interpolation: Lenient[Metric] = None
    """How far the weights lie from those of the linear probe to those after fine-tuning, 0 to 1."""
    training_cut: Lenient[bool] = None
    """Whether the time budget ended the training early."""


def flat(record: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of a nested record under their dotted names: ("fine_tune.epochs", "2, 2")."""
    if isinstance(record, dict):
        for key, value in record.items():
            yield from flat(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(record, list) and any(isinstance(item, dict | list) for item in record):
        for number, item in enumerate(record, start=1):
            yield from flat(item, f"{prefix}.{number}")
    else:
        yield prefix, _spelled(record)


def _spelled(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_spelled, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "–" if value is None else str(value)
