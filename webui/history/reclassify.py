"""Asks the model that answers now about a picture that is kept, and where in it it sees the class.

A heat map is not kept: few are looked at, and a newer model sees something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from recognizer import ImageError, Prediction
from webui.accounts import rate_limits
from webui.history import pictures
from webui.history.models import Answer
from webui.inference import admission, classify, served_model
from webui.inference.uploads import Upload


@dataclass(frozen=True)
class SecondLook:
    """What a model says of a picture that is kept."""

    prediction: Prediction
    name: str
    version: str


def look_again(request: HttpRequest, answer: Answer) -> SecondLook | None:
    """Answers the picture of an answer once more, with its heat map; None where the picture is gone.

    Raises:
        MenagerieError: the model is busy or cannot be loaded, or the reader has asked too often.
    """
    data = pictures.read(answer.id)
    if data is None:
        return None
    rate_limits.admit(request)
    with admission.current().place():
        recognizer = served_model.current().recognizer()
        [classified], _ = classify.classify([Upload(answer.filename, data)], recognizer, heatmaps=True)
    if isinstance(classified.outcome, ImageError):
        return None
    return SecondLook(classified.outcome, recognizer.metadata.name, recognizer.metadata.version)
