"""Classifies the pictures of one request when it is its turn: each is answered, or has its own error.

    a slot -> read() -> what will it cost? -> decode one after the other, in the request's thread -> network batch
           -> [Classified]

A bad picture does not hurt the others. Everything here takes plain values: nothing is known of HTTP or of accounts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from PIL import ImageOps

from recognizer import Prediction, Recognizer
from recognizer.errors import ImageError, without_traceback
from recognizer.images.decode import Picture
from webui import services
from webui.inference.admission import Turn, Weight, never
from webui.inference.uploads import Upload, loads_of

# Decoded pictures that go through the network together. The 16 of a form are mostly less; of very long ones, which
# are not made smaller, each may take hundreds of megabytes.
_BATCH_BYTES = 64 * 2**20
# Of a picture that takes more, only a copy of this side is kept once it is answered.
_LARGE_BYTES, _SMALL_SIDE = 8 * 2**20, 1024


@dataclass(frozen=True)
class Asked:
    """The pictures of a request, and what is wanted of them."""

    uploads: Sequence[Upload]
    heatmaps: bool = False
    embeddings: bool = False
    thumbnails: bool = False
    """Whether the answer holds a small copy of each."""
    keep: bool = True
    """Whether the answers may be kept in the history."""
    top_k: int | None = None
    """How many classes are listed of each; None: all of them."""
    all_or_none: bool = False
    """Whether one picture's error is the error of the request, for those whose reply has no place for it."""


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
    asked: Asked
    """Not every model can draw heat maps, even where they were asked for."""
    waited_s: float = 0.0
    """Until the request had its slot."""


def answer(read: Callable[[], Asked], *, gone: Callable[[], bool] = never, weight: Weight = Weight.LIGHT) -> Answered:
    """Answers the pictures of one request with the model that is served.

    Args:
        read: gives what is asked; called once the request has its slot.
        gone: says whether the client has gone away; asked while the request waits, and between its pictures.
        weight: what is known of the request before it is read.

    Raises:
        MenagerieError: whatever `read` raises; there is no slot, or no model.
    """
    shared = services.current()
    began = time.perf_counter()
    with ExitStack() as held:
        with shared.tracing.span("wait"):
            turn = held.enter_context(shared.admission.slot(gone=gone, weight=weight))
        waited_s = time.perf_counter() - began
        recognizer = shared.model.recognizer()
        asked = read()
        classified, timing = classify(
            asked.uploads, recognizer, turn, heatmaps=asked.heatmaps, embeddings=asked.embeddings
        )
    return Answered(recognizer, classified, timing, asked, waited_s)


def classify(
    uploads: Sequence[Upload],
    recognizer: Recognizer,
    turn: Turn,
    *,
    heatmaps: bool = False,
    embeddings: bool = False,
) -> tuple[list[Classified], Timing]:
    """Decodes and classifies pictures; the result has their order.

    Args:
        uploads: the pictures.
        recognizer: answers them.
        turn: the slot of the request; given up between pictures where others wait.
        heatmaps: whether to draw them.
        embeddings: whether to give them.

    Raises:
        TooBusy: the pictures are costly to decode, and there was no room for such.
        ClientGone: nobody waits for the answer any more.
    """
    loads = loads_of(uploads, recognizer.decoding_cost, turn)
    classify_pictures = partial(recognizer.classify_pictures, heatmaps=heatmaps, embeddings=embeddings)
    batch, classified = _Batch(recognizer, classify_pictures), list[Classified]()
    for upload, load in zip(uploads, loads, strict=True):
        if batch.memory_bytes + load.memory_bytes > _BATCH_BYTES:
            classified += batch.answered()
        turn.next(replace(load, memory_bytes=batch.memory_bytes + load.memory_bytes))
        batch.decode(upload)
    classified += batch.answered()
    return classified, batch.timing


class _Batch:
    """Decoded pictures that wait for the network."""

    def __init__(
        self, recognizer: Recognizer, classify_pictures: Callable[[Sequence[Picture]], list[Prediction]]
    ) -> None:
        self.timing = Timing(0, 0)
        self._recognizer = recognizer
        self._classify_pictures = classify_pictures
        self._decoded: list[tuple[Upload, Picture | ImageError]] = []

    @property
    def memory_bytes(self) -> int:
        """What the decoded pictures take."""
        return sum(_memory_bytes(picture) for _, picture in self._decoded if isinstance(picture, Picture))

    def decode(self, upload: Upload) -> None:
        started = time.perf_counter()
        with services.current().tracing.span("decode"):
            try:
                self._decoded.append((upload, self._recognizer.decode(upload.content())))
            except ImageError as err:
                self._decoded.append((upload, without_traceback(err)))
        self.timing = replace(self.timing, decode_ms=self.timing.decode_ms + _ms_since(started))

    def answered(self) -> list[Classified]:
        """Sends them through the network, and forgets them."""
        started = time.perf_counter()
        pictures = [picture for _, picture in self._decoded if isinstance(picture, Picture)]
        with services.current().tracing.span("network", pictures=len(pictures)):
            predictions = iter(self._classify_pictures(pictures))
        classified = [
            Classified(upload.filename, next(predictions), _small(decoded))
            if isinstance(decoded, Picture)
            else Classified(upload.filename, decoded)
            for upload, decoded in self._decoded
        ]
        self._decoded.clear()
        self.timing = replace(self.timing, network_ms=self.timing.network_ms + _ms_since(started))
        return classified


def first_error_if_all_failed(classified: Sequence[Classified]) -> ImageError | None:
    """The first picture's error where not a single picture could be answered."""
    errors = [item.outcome for item in classified if isinstance(item.outcome, ImageError)]
    return errors[0] if len(errors) == len(classified) else None


def refuse_if_any_failed(classified: Sequence[Classified]) -> None:
    """Refuses a request that is answered whole or not at all.

    Raises:
        ImageError: the first picture's that could not be answered; says which one where there are several.
    """
    for number, item in enumerate(classified, 1):
        if isinstance(item.outcome, ImageError):
            which = f"Picture {number}: " if len(classified) > 1 else ""
            # A new one: the frames that it passes hold the old, and would be kept by it until they are collected.
            raise type(item.outcome)(f"{which}{item.outcome}")


def _memory_bytes(picture: Picture) -> int:
    return 4 * picture.rgb.width * picture.rgb.height


def _small(picture: Picture) -> Picture:
    """The picture for those who show or keep it: of a very long one a small copy."""
    if _memory_bytes(picture) <= _LARGE_BYTES:
        return picture
    return replace(picture, rgb=ImageOps.contain(picture.rgb, (_SMALL_SIDE, _SMALL_SIDE)))


def _ms_since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)
