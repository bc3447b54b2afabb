"""Classifies the pictures of one request: each is answered, or has its own error.

    [Upload] -> decode one after the other, in the request's thread -> one network batch -> [Classified]

A bad picture does not hurt the others.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from recognizer import Prediction, Recognizer
from recognizer.errors import ImageError
from recognizer.images import Picture
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
