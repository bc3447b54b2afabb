"""The metadata of a model file: a frozen record, to and from JSON.

It is data about the weights, never code. Whatever could skew training against serving (classes, pixels, temperature)
is written here once and nowhere else. What was measured, and where the weights come from, is in results.py.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from recognizer.errors import ArtifactError
from recognizer.model_file.rejection_record import AnyRejection
from recognizer.model_file.results import Provenance, Results
from recognizer.preprocessing import Preprocessing, fingerprint

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*$"
VERSION_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.]*$"

MAX_NAME_LENGTH = 100
MAX_CLASS_NAME_LENGTH = 200
MAX_CLASSES = 10_000
MAX_UNIT_EMBEDDING_SIZE = 4096

# Problems that one message names; a hostile file has thousands.
_SHOWN = 5

ClassName = Annotated[str, Field(min_length=1, max_length=MAX_CLASS_NAME_LENGTH)]


class ModelMetadata(BaseModel):
    """The JSON record in the `/recognizer/metadata` dataset of a model file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=NAME_PATTERN, max_length=MAX_NAME_LENGTH)]
    version: Annotated[str, Field(pattern=VERSION_PATTERN, max_length=MAX_NAME_LENGTH)]
    architecture: str
    unit_embedding_size: Annotated[int, Field(ge=2, le=MAX_UNIT_EMBEDDING_SIZE)] | None = None
    """Of the projection to unit length in place of the architecture's own embedding; None: there is none."""
    class_names: Annotated[tuple[ClassName, ...], Field(min_length=2, max_length=MAX_CLASSES)]
    """In the order of the network's outputs."""
    preprocessing: Preprocessing
    preprocessing_fingerprint: str
    """`preprocessing.fingerprint` at the time of training."""
    temperature: float = Field(default=1.0, gt=0)
    """Divides the logits before the softmax (Guo et al. 2017). 1.0: not calibrated, or calibrated in the weights."""
    rejection: AnyRejection | None = None
    """How pictures are told that show none of the classes; None: every picture is taken for one of them."""
    provenance: dict[str, Any]
    """`results.Provenance` as the file has it, whatever that is; `origin` reads it."""
    results: dict[str, Any]
    """`results.Results` as the file has it, whatever that is; `measured` reads it."""

    @property
    def origin(self) -> Provenance:
        """Where the weights come from: data, starting weights, recipe, versions, time."""
        return Provenance.read(self.provenance)

    @property
    def measured(self) -> Results:
        """What was measured when the model was made."""
        return Results.read(self.results)

    @field_validator("class_names")
    @classmethod
    def _are_unique(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        repeated = [name for name, count in Counter(names).items() if count > 1]
        if repeated:
            raise ValueError(f"Expected different names. Received more than once: {', '.join(repeated[:_SHOWN])}")
        return names

    @model_validator(mode="after")
    def _pixels_are_still_made_the_same_way(self) -> ModelMetadata:
        expected = fingerprint(self.preprocessing)
        if self.preprocessing_fingerprint != expected:
            raise ValueError(
                "this installation prepares pixels differently from the one that trained the model. "
                "Install the versions in requirements.txt, or train the model again. "
                f"Expected preprocessing_fingerprint={expected}. Received: {self.preprocessing_fingerprint}"
            )
        return self

    @classmethod
    def from_json(cls, text: str | bytes) -> ModelMetadata:
        """Parses and checks the metadata of a model file.

        Raises:
            ArtifactError: no JSON, a wrong or missing field, or pixels that are made differently now.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as err:
            problems = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'metadata'}: {e['msg']}" for e in err.errors()[:_SHOWN]
            )
            raise ArtifactError(f"The model's metadata is wrong: {problems}") from err

    def to_json(self) -> str:
        """The record as JSON, readable by `from_json`."""
        return self.model_dump_json(indent=1)
