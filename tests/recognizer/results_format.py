"""What MegaDetector's results format 1.6 demands, as its page says it: https://lila.science/megadetector-output-format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Number = Annotated[str, StringConstraints(pattern=r"^\d+$")]
Name = Annotated[str, StringConstraints(pattern=r"\S")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Detection(_Record):
    category: Number
    conf: Share
    bbox: Annotated[list[Share], Field(min_length=4, max_length=4)]
    classifications: list[Annotated[list[Any], Field(min_length=2, max_length=2)]] = []


class Image(_Record):
    file: str
    detections: list[Detection] | None
    failure: str | None = None

    @model_validator(mode="after")
    def _has_detections_or_failed(self) -> Image:
        assert (self.detections is None) == (self.failure is not None)
        return self


class Info(_Record):
    format_version: Literal["1.6"]


class Document(_Record):
    info: Info
    detection_categories: dict[Number, Name]
    classification_categories: dict[Number, Name]
    images: list[Image]

    @model_validator(mode="after")
    def _names_every_category(self) -> Document:
        detections = [each for image in self.images for each in image.detections or []]
        assert {each.category for each in detections} <= set(self.detection_categories)
        for each in detections:
            numbers, scores = zip(*each.classifications, strict=True) if each.classifications else ((), ())
            assert set(numbers) <= set(self.classification_categories)
            assert all(isinstance(score, float) and 0 <= score <= 1 for score in scores)
            assert list(scores) == sorted(scores, reverse=True)
        return self


def valid(path: Path) -> dict[str, Any]:
    """A results file, after it was found to be one."""
    document: dict[str, Any] = json.loads(path.read_bytes(), parse_constant=lambda name: 1 / 0)
    Document.model_validate(document)
    return document
