"""Classifies the pictures of one request: each is answered, or has its own error.

    a place -> form or body -> [Upload] -> decode one after the other, in the request's thread
            -> one network batch -> [Classified] -> the place is free -> the answer is written

A bad picture does not hurt the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from recognizer import Prediction, Recognizer
from recognizer.errors import ImageError
from recognizer.images import Picture
from webui import admission, client_watch, serving
from webui.body_length import declared_length
from webui.uploads import Upload


@dataclass(frozen=True)
class Classified:
    """What became of one picture: a prediction and the picture, or an error."""

    filename: str | None
    outcome: Prediction | ImageError
    picture: Picture | None = None


@dataclass(frozen=True)
class Timing:
    """How long a request took, in milliseconds."""

    decode_ms: float
    network_ms: float

    @property
    def total_ms(self) -> float:
        """Decoding and network together."""
        return self.decode_ms + self.network_ms

    def header(self) -> str:
        """As the value of a `Server-Timing` header."""
        return f"decode;dur={self.decode_ms:.1f}, network;dur={self.network_ms:.1f}, total;dur={self.total_ms:.1f}"


@dataclass(frozen=True)
class Answered:
    """The pictures of one request, and the model that answered them."""

    recognizer: Recognizer
    classified: list[Classified]
    timing: Timing


def answer(request: HttpRequest, uploads_of: Callable[[HttpRequest], Sequence[Upload]]) -> Answered:
    """Answers the pictures of a request when it is its turn.

    Args:
        request: nothing of its body has been read yet.
        uploads_of: takes the pictures out of it.

    Raises:
        MenagerieError: what `uploads_of` raises, or there is no place, or no model.
    """
    heavy = declared_length(request.META) > admission.HEAVY_BYTES
    with admission.current().place(gone=client_watch.gone(request.META), heavy=heavy):
        recognizer = serving.current().recognizer()
        classified, timing = classify(uploads_of(request), recognizer)
    return Answered(recognizer, classified, timing)


def classify(uploads: Sequence[Upload], recognizer: Recognizer) -> tuple[list[Classified], Timing]:
    """Answers the pictures in their order."""
    started = time.perf_counter()
    decoded = [_decode(upload, recognizer) for upload in uploads]
    prepared = time.perf_counter()
    predictions = iter(recognizer.classify_pictures([item for item in decoded if isinstance(item, Picture)]))
    finished = time.perf_counter()
    classified = [
        Classified(upload.filename, next(predictions), item)
        if isinstance(item, Picture)
        else Classified(upload.filename, item)
        for upload, item in zip(uploads, decoded, strict=True)
    ]
    return classified, Timing(1000 * (prepared - started), 1000 * (finished - prepared))


def first_error_if_all_failed(classified: Sequence[Classified]) -> ImageError | None:
    """The first picture's error where not a single one could be answered."""
    errors = [item.outcome for item in classified if isinstance(item.outcome, ImageError)]
    return errors[0] if len(errors) == len(classified) else None


def _decode(upload: Upload, recognizer: Recognizer) -> Picture | ImageError:
    try:
        return recognizer.decode(upload.content())
    except ImageError as err:
        return err
