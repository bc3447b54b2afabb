"""The JSON documents that predictions are written as, by the JSON API, by `classify --json` and by `explain --json`.

Each member is declared once, with its type and meaning: from here come both the answers and their description in
OpenAPI.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

Value = TypeVar("Value")
Absent = Annotated[Value | SkipJsonSchema[None], Field(exclude_if=lambda value: value is None)]
"""A member that is not there at all where there is nothing to say; `None` in Python."""

Probability = Annotated[float, Field(ge=0, le=1)]
Place = Literal[
    "top left",
    "top middle",
    "top right",
    "middle left",
    "middle",
    "middle right",
    "bottom left",
    "bottom middle",
    "bottom right",
    "everywhere",
]
Method = Literal["class activation map", "Grad-CAM"]


class Document(BaseModel):
    """A JSON object whose members have the docstrings of its attributes for descriptions."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    def to_dict(self) -> dict[str, Any]:
        """The document as `json.dumps` takes it."""
        return self.model_dump(mode="json", by_alias=True)


class ModelName(Document):
    """The model that answered."""

    name: str
    """Of all its versions."""
    version: str
    """Of this one."""
    digest: str
    """SHA-256 of the model file, as `sha256:` and 64 hexadecimal digits."""


class ClassScore(Document):
    """One class and its probability."""

    label: str
    score: Probability


class HeatMap(Document):
    """What of a picture speaks for a class."""

    label: str
    """The class: the best one, also where the picture is none of them."""
    where: Place
    """The part of the picture that has the most of it."""
    image: str
    """A PNG as a `data:` address, to be stretched over the whole upright picture: transparent where nothing speaks for
    the class."""


class Embedding(Document):
    """The vector of a picture that the network's last layer, and the model's rejection, judge it by."""

    dtype: Literal["float32"]
    """Of which precision the numbers are."""
    shape: list[int]
    """One number: how many values there are, which depends on the model."""
    values: list[float]
    """As the network gives them at its first look at the whole picture, not normalised."""


class NamedPicture(Document):
    """A picture by the name of its file."""

    filename: str | None
    """Without folders; null of a picture that came without a name."""


class PictureAnswer(Document):
    """What a model says about one picture."""

    width: int
    """Of the upright picture as it was sent, in pixels."""
    height: int
    """As `width`."""
    known: bool
    """False: the picture is none of the classes."""
    label: str | None
    """The class; null where the picture is none of them."""
    score: Probability
    """Probability of the best class."""
    likeness: Probability | None
    """How like what the model learned the picture is, at least 0.5 where it is known; null of models that have no
    scale for it."""


class Prediction(PictureAnswer):
    """The answer for one picture."""

    passes: int
    """How often the network looked: 2 where the first answer was unsure, else 1."""
    top: list[ClassScore]
    """The classes, best first."""
    heatmap: HeatMap | None
    """Null, unless it was asked for and the model has heat maps."""
    embedding: Absent[Embedding] = None
    """There if it was asked for."""


class BackboneName(Document):
    """What the backbone's own head, for ImageNet's thousand kinds, calls a picture."""

    name: str
    """In English."""
    score: Probability


class Explanation(PictureAnswer):
    """The answer for one picture, and where each class is seen in it."""

    passes: int
    """How often the network looked: 2 where the first answer was unsure, else 1."""
    top: list[ClassScore]
    """Every class, best first."""
    method: Method | None
    """How the heat maps were made; null where the network has none."""
    heatmaps: list[HeatMap]
    """Of the classes that were asked for, the best first."""
    backbone: list[BackboneName]
    """The first three names; empty where the model file has no such head."""


EXAMPLE_MODEL = ModelName(name="animals", version="2", digest=f"sha256:{'8f' * 32}")
EXAMPLE_SCORES = [ClassScore(label="cat", score=0.993), ClassScore(label="dog", score=0.006)]
