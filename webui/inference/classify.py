"""Classifies the pictures of one request when it is its turn: each is answered, or has its own error.

    a slot -> read() -> decode one after the other, in the request's thread -> one network batch -> [Classified]

A bad picture does not hurt the others. Everything here takes plain values: nothing is known of HTTP or of accounts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recognizer import Prediction, Recognizer
from recognizer.errors import ImageError
from recognizer.images.decode import Picture
from webui import services
from webui.inference.admission import never
from webui.inference.uploads import Upload


@dataclass(frozen=True)
class Asked:
    """The pictures of a request, and whether heat maps are wanted."""

    uploads: Sequence[Upload]
    heatmaps: bool = False


@dataclass(frozen=True)
class Classified:
    """What became of one picture: a prediction and the decoded picture, or an error."""

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
        """The value of a `Server-Timing` header."""
        return f"decode;dur={self.decode_ms:.1f}, network;dur={self.network_ms:.1f}, total;dur={self.total_ms:.1f}"


@dataclass(frozen=True)
class Answered:
    """The pictures of one request, and the model that answered them."""

    recognizer: Recognizer
    classified: Sequence[Classified]
    timing: Timing
    heatmaps: bool = False
    """Whether heat maps were asked for; not every model can draw them."""


def answer(read: Callable[[], Asked], *, gone: Callable[[], bool] = never, heavy: bool = False) -> Answered:
    """Answers the pictures of one request with the model that is served.

    Args:
        read: gives what is asked; called once the request has its slot.
        gone: says whether the client has gone away; asked now and then while the request waits.
        heavy: the pictures may take long to decode.

    Raises:
        MenagerieError: whatever `read` raises; there is no slot, or no model.
    """
    shared = services.current()
    with shared.admission.slot(gone=gone, heavy=heavy):
        recognizer = shared.model.recognizer()
        asked = read()
        classified, timing = classify(asked.uploads, recognizer, heatmaps=asked.heatmaps)
    return Answered(recognizer, classified, timing, heatmaps=asked.heatmaps)


def classify(
    uploads: Sequence[Upload], recognizer: Recognizer, *, heatmaps: bool = False
) -> tuple[list[Classified], Timing]:
    """Decodes and classifies pictures; the result has their order."""
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


def first_error_if_all_failed(classified: Sequence[Classified]) -> ImageError | None:
    """The first picture's error where not a single picture could be answered."""
    errors = [item.outcome for item in classified if isinstance(item.outcome, ImageError)]
    return errors[0] if len(errors) == len(classified) else None


def _decode(upload: Upload, recognizer: Recognizer) -> Picture | ImageError:
    try:
        return recognizer.decode(upload.content())
    except ImageError as err:
        return err
