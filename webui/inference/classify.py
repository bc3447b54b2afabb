"""Classifies the pictures of one request: each is answered, or has its own error.

    a place -> form or body -> Asked -> decode one after the other, in the request's thread
            -> one network batch -> [Classified] -> the place is free -> to the history -> the answer is written

A bad picture does not hurt the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest

from recognizer import Prediction, Recognizer
from recognizer.errors import ImageError
from recognizer.images.decode import Picture
from webui.accounts import identity, rate_limits
from webui.accounts.identity import Caller
from webui.history import recorder
from webui.inference import admission, client_watch, served_model
from webui.inference.uploads import Upload
from webui.server.wsgi_body import declared_length


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    uploads: Sequence[Upload]
    heatmaps: bool = False
    """Whether to draw what the model looked at, too."""
    keep: bool = True
    """Whether the answers may be kept in the history."""


@dataclass(frozen=True)
class Classified:
    """What became of one picture: a prediction and the picture, or an error."""

    filename: str | None
    outcome: Prediction | ImageError
    picture: Picture | None = None
    id: str | None = None
    """Of the answer in the history; None where it is not kept."""


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
    classified: Sequence[Classified]
    timing: Timing
    heatmaps: bool = False
    """Whether what the model looked at was asked for; not every model can say it."""


def answer(request: HttpRequest, read: Callable[[HttpRequest], Asked]) -> Answered:
    """Answers the pictures of a request when it is its turn.

    Args:
        request: nothing of its body has been read yet.
        read: takes out of it what is asked.

    Raises:
        MenagerieError: what `read` raises, or there is no place, or no model.
    """
    rate_limits.admit(request)
    heavy = declared_length(request.META) > admission.HEAVY_BYTES
    with admission.current().place(gone=client_watch.gone(request.META), heavy=heavy):
        recognizer = served_model.current().recognizer()
        asked = read(request)
        rate_limits.count_others(request, len(asked.uploads))
        classified, timing = classify(asked.uploads, recognizer, heatmaps=asked.heatmaps)
    kept = _keep(identity.identify(request), recognizer, classified) if asked.keep else classified
    return Answered(recognizer, kept, timing, heatmaps=asked.heatmaps)


def classify(
    uploads: Sequence[Upload], recognizer: Recognizer, *, heatmaps: bool = False
) -> tuple[list[Classified], Timing]:
    """Answers the pictures in their order."""
    started = time.perf_counter()
    decoded = [_decode(upload, recognizer) for upload in uploads]
    prepared = time.perf_counter()
    pictures = [item for item in decoded if isinstance(item, Picture)]
    predictions = iter(recognizer.classify_pictures(pictures, heatmaps=heatmaps))
    finished = time.perf_counter()
    classified = [
        Classified(upload.filename, next(predictions), item)
        if isinstance(item, Picture)
        else Classified(upload.filename, item)
        for upload, item in zip(uploads, decoded, strict=True)
    ]
    return classified, Timing(1000 * (prepared - started), 1000 * (finished - prepared))


def _keep(caller: Caller, recognizer: Recognizer, classified: Sequence[Classified]) -> list[Classified]:
    """Hands what was answered to the history, and notes under which ids it is there."""
    answers = [
        (item.filename, item.outcome, item.picture)
        for item in classified
        if isinstance(item.outcome, Prediction) and item.picture is not None
    ]
    ids = iter(recorder.keep(caller, recognizer.model_info(), answers))
    return [replace(item, id=next(ids, None)) if item.picture else item for item in classified]


def first_error_if_all_failed(classified: Sequence[Classified]) -> ImageError | None:
    """The first picture's error where not a single one could be answered."""
    errors = [item.outcome for item in classified if isinstance(item.outcome, ImageError)]
    return errors[0] if len(errors) == len(classified) else None


def _decode(upload: Upload, recognizer: Recognizer) -> Picture | ImageError:
    try:
        return recognizer.decode(upload.content())
    except ImageError as err:
        return err
