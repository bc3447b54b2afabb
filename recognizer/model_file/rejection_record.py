"""The record of how a model tells pictures of its classes from pictures of anything else.

Its numbers are stored beside it, see ood_score.py.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Method = Literal["maximum_probability", "energy", "mahalanobis", "neighbours", "neighbours_and_unknown"]
METHODS: tuple[Method, ...] = get_args(Method)

MAX_REFERENCES = 2_000
MAX_EMBEDDING_SIZE = 16_384
MAX_NUMBERS = 8 * 2**20
"""In the references and the output together: 16 MB."""

_MAX_FOLDERS = 1_000
_MAX_NAME_LENGTH = 255

Share = Annotated[float, Field(ge=0, le=1)]
_Count = Annotated[int, Field(ge=0)]
_Name = Annotated[str, Field(max_length=_MAX_NAME_LENGTH)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Spread(_Record):
    """A share that was measured several times, each time on other kinds of unknown pictures."""

    mean: Share
    lowest: Share
    highest: Share


class Compared(_Record):
    """What a method of rejection reached where `Rejection.accepted_share` of the pictures held back pass."""

    method: Method
    unknown: Annotated[dict[_Name, Spread], Field(max_length=_MAX_FOLDERS)]
    """By folder, the share of unknown pictures that it took for one of the classes; of kinds it was not fitted on."""


class Rejection(_Record):
    """The rejection of a model: pictures whose in-distribution score is at least `threshold` are known."""

    method: Literal["neighbours", "neighbours_and_unknown"]
    neighbours: Annotated[int, Field(ge=1)] = 1
    """Over how many of the nearest references the similarity is averaged."""
    references: Annotated[int, Field(ge=1, le=MAX_REFERENCES)]
    embedding_size: Annotated[int, Field(ge=1, le=MAX_EMBEDDING_SIZE)]
    similarity_weight: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    """How much the similarity counts beside the output that was trained on unknown pictures."""
    threshold: float
    accepted_share: Share
    """The share of pictures of the classes, held back from training, that the threshold was chosen to accept."""
    left_out: bool = False
    """Whether those were of sources that were left out in turn; else they are of the same sources as the training's."""
    comparison: Annotated[tuple[Compared, ...], Field(max_length=len(METHODS))] = ()
    """The methods side by side, where there were unknown pictures to judge them on."""
    unknown_pictures: _Count = 0
    """On how many unknown pictures the method was fitted in the end."""
    unknown_kinds: _Count = 0
    """Of how many kinds they are. In the comparison, half of the kinds were fitted on and the others judged."""
    trials: _Count = 0
    """How often the kinds were halved anew for the comparison."""

    @property
    def rows(self) -> int:
        """How many vectors of `embedding_size` numbers stand beside the record."""
        return self.references + (self.method == "neighbours_and_unknown")

    @model_validator(mode="after")
    def _fits_together(self) -> Rejection:
        if self.neighbours > self.references:
            raise ValueError(f"Expected at most {self.references} neighbours. Received: neighbours={self.neighbours}")
        if self.rows * self.embedding_size > MAX_NUMBERS:
            raise ValueError(
                f"Expected at most {MAX_NUMBERS} numbers for rejection. Received: {self.rows} x {self.embedding_size}"
            )
        return self
