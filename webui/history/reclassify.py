"""Classifies a picture of the history once more, with the model that is served now and with a heat map.

Heat maps are not kept: few are looked at, and a newer model draws another.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from recognizer import ImageError, Prediction
from webui.accounts import rate_limits
from webui.history import pictures
from webui.history.models import Answer
from webui.inference import classify
from webui.inference.classify import Asked
from webui.inference.uploads import Upload


@dataclass(frozen=True)
class Reclassified:
    """What a model says of a picture that is kept."""

    prediction: Prediction
    name: str
    version: str


def reclassify(request: HttpRequest, answer: Answer) -> Reclassified | None:
    """Classifies the picture of an answer once more, with its heat map; None where the picture is gone.

    Raises:
        MenagerieError: the model is busy or cannot be loaded, or the reader has asked too often.
    """
    data = pictures.read(answer.id)
    if data is None:
        return None
    rate_limits.admit(request)
    answered = classify.answer(lambda: Asked([Upload(answer.filename, data)], heatmaps=True))
    [classified] = answered.classified
    if isinstance(classified.outcome, ImageError):
        return None
    return Reclassified(classified.outcome, answered.recognizer.metadata.name, answered.recognizer.metadata.version)
