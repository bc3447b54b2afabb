"""Plates: each picture of a request with its answer, as the page shows them without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

from recognizer import ImageError, Prediction
from webui import thumbnails, wording
from webui.classification import Classified


@dataclass(frozen=True)
class Plate:
    """One picture with its answer."""

    filename: str
    prediction: Prediction | None = None
    thumbnail: str | None = None
    error: str | None = None
    id: str | None = None
    """Of the answer in the history; None where it is not kept."""


def plate(item: Classified) -> Plate:
    """What is shown of one picture, be it answered or not."""
    filename = item.filename or ""
    if isinstance(item.outcome, ImageError):
        return Plate(filename, error=wording.error_sentence(item.outcome.code))
    thumbnail = thumbnails.data_uri(item.picture) if item.picture else None
    return Plate(filename, prediction=item.outcome, thumbnail=thumbnail, id=item.id)
