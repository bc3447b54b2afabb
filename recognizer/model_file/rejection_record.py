"""The record of how a model tells pictures of its classes from pictures of anything else.

By a rejection head, where its backbone came with a head for many classes; else by similarity to what it learned from.
The numbers are stored beside the record, see ood_score.py.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Method = Literal[
    "maximum_probability", "energy", "mahalanobis", "neighbours", "neighbours_and_unknown", "rejection_head"
]
METHODS: tuple[Method, ...] = get_args(Method)

MAX_REFERENCES = 2_000
MAX_OUTPUTS = 100_000
MAX_EMBEDDING_SIZE = 16_384
MAX_HIDDEN_UNITS = 4_096
MAX_NUMBERS = 96 * 2**20
"""Of all that lies beside the record: 10,000 classes with a hidden layer, for 4,096 features, take 87 million."""
MAX_FOLDERS = 1_000
"""Of pictures of other things, that are told apart."""

# A file name has at most 255 bytes. Of what is no UTF-8, each is spelled out: \udce4.
_MAX_NAME_LENGTH = 6 * 255

Share = Annotated[float, Field(ge=0, le=1)]
_JUDGED_ON = {
    True: "of kinds that it had not been shown",
    False: "not those that it had been shown, but of the same kinds, which may flatter",
    None: "which it had not been shown",
}
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
    unknown: Annotated[dict[_Name, Spread], Field(max_length=MAX_FOLDERS)]
    """By folder, the share of unknown pictures that it took for one of the classes; of those it was not fitted on,
    which are of other kinds where there are kinds enough, see `Rejection.whole_kinds`."""


class SecondLook(_Record):
    """When an answer is unsure, so that the picture is looked at again where the first look saw most."""

    lowest: float
    """An in-distribution score from here to `highest` is unsure. A lower one is sure to be low."""
    highest: float
    logit_margin: Annotated[float, Field(ge=0, le=1e3)]
    """Two best logits that are closer than this are unsure."""
    side: Annotated[float, Field(gt=0, le=1)]
    """Of the square that is looked at, against the side of a square as large as the picture."""


class Rejection(_Record):
    """The rejection of a model: pictures whose in-distribution score is at least `threshold` are known."""

    method: Method
    embedding_size: Annotated[int, Field(ge=1, le=MAX_EMBEDDING_SIZE)]
    threshold: float
    spread: Annotated[float, Field(gt=0, le=1e6)] | None = None
    """The scale of `likeness`; None in files of before."""
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
    def whole_kinds(self) -> bool | None:
        """Whether the comparison judged unknown pictures of kinds that the method was not fitted on.

        False: there were too few kinds for it, and other pictures of the same kinds were judged. None: the record does
        not say.
        """
        raise NotImplementedError

    @property
    def judged_on(self) -> str:
        """Which pictures of other things the comparison judged, for a sentence."""
        return _JUDGED_ON[self.whole_kinds]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the numbers beside the record."""
        raise NotImplementedError

    def likeness(self, score: float) -> float | None:
        """How like what the model learned a picture is, 0 to 1; 0.5 at the threshold. None in files of before."""
        if self.spread is None:
            return None
        return round(0.5 + 0.5 * math.tanh(0.5 * (score - self.threshold) / self.spread), 6)

    @model_validator(mode="after")
    def _is_not_too_large(self) -> Self:
        rows, columns = self.shape
        if rows * columns > MAX_NUMBERS:
            raise ValueError(f"Expected at most {MAX_NUMBERS} numbers for rejection. Received: {rows} x {columns}")
        return self


class SimilarityRejection(Rejection):
    """By similarity to means of the training pictures."""

    method: Literal["neighbours", "neighbours_and_unknown"]
    neighbours: Annotated[int, Field(ge=1)] = 1
    """Over how many of the nearest references the similarity is averaged."""
    references: Annotated[int, Field(ge=1, le=MAX_REFERENCES)]
    similarity_weight: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    """How much the similarity counts beside the output that was trained on unknown pictures."""

    @property
    def whole_kinds(self) -> bool | None:
        """Of a folder with a single kind, half of the pictures were judged; of others, half of the kinds."""
        folders = len(self.comparison[0].unknown) if self.comparison else 0
        if self.method == "neighbours" or not folders:
            return None
        if self.unknown_kinds <= folders:
            return False
        return True if folders == 1 else None

    @property
    def shape(self) -> tuple[int, int]:
        """The references, and the output for unknown pictures where there is one."""
        return self.references + (self.method == "neighbours_and_unknown"), self.embedding_size

    @model_validator(mode="after")
    def _has_neighbours_enough(self) -> Self:
        if self.neighbours > self.references:
            raise ValueError(f"Expected at most {self.references} neighbours. Received: neighbours={self.neighbours}")
        return self


class HeadRejection(Rejection):
    """By a head that tells the classes from a background, and by what the backbone's own head says."""

    method: Literal["rejection_head"] = "rejection_head"
    backbone_classes: Annotated[int, Field(ge=2, le=MAX_OUTPUTS)]
    """Outputs of the backbone's own head: 1,000 for ImageNet."""
    outputs: Annotated[int, Field(ge=3, le=MAX_OUTPUTS)]
    """Of the rejection head: one a class, and one for the background."""
    hidden_units: Annotated[int, Field(ge=0, le=MAX_HIDDEN_UNITS)] = 0
    """Of the hidden layer; 0: the head is linear, as in files of before."""
    backbone_weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    """How much the log-odds count that the backbone's own head sees one of the classes."""
    second_look: SecondLook | None = None
    """None: each picture is looked at once."""

    @property
    def whole_kinds(self) -> bool | None:
        """Kinds were dealt to as many folds as there were trials, unless they were fewer: then their pictures were."""
        return self.unknown_kinds >= self.trials if self.trials else None

    @property
    def shape(self) -> tuple[int, int]:
        """A row an output of either head: weights, bias, and how much it is one of the classes; one for the centre.

        With a hidden layer, one more for each of its units, and for each of its outputs.
        """
        hidden = self.hidden_units + self.outputs if self.hidden_units else 0
        return self.backbone_classes + self.outputs + 1 + hidden, self.embedding_size + 2

    @model_validator(mode="after")
    def _is_as_narrow_as_the_embedding(self) -> Self:
        if self.hidden_units > self.embedding_size:
            raise ValueError(
                f"Expected at most embedding_size={self.embedding_size} hidden units. Received: {self.hidden_units}"
            )
        return self


AnyRejection = Annotated[SimilarityRejection | HeadRejection, Field(discriminator="method")]
