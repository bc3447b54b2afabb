"""The card that shows one picture with its answer; the template is `webui/_result_card.html`."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from django.urls import reverse

from recognizer import ClassScore, ImageError, Prediction
from recognizer.images.decode import Picture
from webui import wording
from webui.history.models import Answer
from webui.inference.classify import Classified

MAX_SIDE = 320
"""Of the picture on the card, in pixels."""
_QUALITY = 72


@dataclass(frozen=True)
class ResultCard:
    """One picture with its answer, or with the sentence that says why there is none."""

    filename: str
    prediction: Prediction | None = None
    thumbnail: str | None = None
    """The picture's address, mostly a `data:` one."""
    error: str | None = None
    id: str | None = None
    """Of the answer in the history; None where it is not kept."""
    answer: Answer | None = None
    """The answer in the history, where the card was made from it."""


def result_card(item: Classified, answer_id: str | None = None) -> ResultCard:
    """The card of one picture, be it answered or not."""
    filename = item.filename or ""
    if isinstance(item.outcome, ImageError):
        return ResultCard(filename, error=wording.error_sentence(item.outcome.code, item.outcome.reason))
    thumbnail = data_uri(item.picture) if item.picture else None
    return ResultCard(filename, prediction=item.outcome, thumbnail=thumbnail, id=answer_id)


def kept_card(answer: Answer) -> ResultCard:
    """The card of an answer in the history."""
    top = tuple(ClassScore(label, score) for label, score in answer.top) or (ClassScore(answer.label, answer.score),)
    prediction = Prediction(answer.width, answer.height, answer.known, top, likeness=answer.likeness)
    picture = reverse("picture", args=[answer.id])
    return ResultCard(answer.filename, prediction, picture, id=str(answer.id), answer=answer)


def data_uri(picture: Picture) -> str:
    """A JPEG of at most 320 x 320 pixels as a `data:` address; made anew, without the file's metadata."""
    small = picture.rgb.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    small.info.clear()
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
