"""The picture that a chapter is about: a sample or one of the history, as the network sees it."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from PIL import Image

from recognizer.errors import ImageError
from recognizer.images.decode import decode
from recognizer.preprocessing import Pixels, Preprocessing, resize_and_crop
from webui.accounts.identity import identify
from webui.classify import samples
from webui.classify.samples import SAMPLES, Sample
from webui.history import pictures
from webui.history.lookup import find
from webui.history.models import Answer, Answers

_SHOWN_ANSWERS = 6


@dataclass(frozen=True)
class Chosen:
    """A picture that was chosen, which its chooser may see."""

    sample: Sample | None
    answer: Answer | None

    @property
    def query(self) -> str:
        """As an address names it."""
        return urlencode({"answer": str(self.answer.pk)} if self.answer else {"sample": self._sample.filename})

    @property
    def description(self) -> str:
        """What is in it, for those who do not see it."""
        return (self.answer.filename or self.answer.label) if self.answer else str(self._sample.description)

    @property
    def _sample(self) -> Sample:
        return self.sample or SAMPLES[0]

    def pixels(self, preprocessing: Preprocessing) -> Pixels:
        """The picture as the network sees it, uint8 RGB, (S, S, 3).

        Raises:
            Http404: it is gone, or damaged.
        """
        if self.answer is None:
            return _sample_pixels(self._sample.filename, preprocessing)
        data = pictures.read(self.answer.pk)
        if data is None:
            raise Http404
        try:
            return resize_and_crop(decode(data).rgb, preprocessing)
        except ImageError as err:
            raise Http404 from err


def chosen(request: HttpRequest) -> Chosen:
    """The picture that an address names, by `answer` or `sample`; without either, the first sample.

    Raises:
        Http404: there is none of that name that the caller may see.
    """
    answer, name = request.GET.get("answer"), request.GET.get("sample")
    if answer:
        return Chosen(None, _answer(request, answer))
    sample = next((sample for sample in SAMPLES if sample.filename == name), None) if name else SAMPLES[0]
    if sample is None:
        raise Http404
    return Chosen(sample, None)


def recent(request: HttpRequest) -> Answers:
    """Answers to the caller's latest pictures, to choose from."""
    return Answer.objects.belonging_to(identify(request)).filter(picture_bytes__gt=0)[:_SHOWN_ANSWERS]


def png(pixels: Pixels) -> bytes:
    """The same pixels as a file; none is changed, so the browser computes with what the server does."""
    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(buffer, "PNG")
    return buffer.getvalue()


def _answer(request: HttpRequest, text: str) -> Answer:
    try:
        answer = find(uuid.UUID(text), identify(request))
    except ValueError as err:
        raise Http404 from err
    if answer is None or not pictures.exists(answer.pk):
        raise Http404
    return answer


@lru_cache(maxsize=2 * len(SAMPLES))
def _sample_pixels(filename: str, preprocessing: Preprocessing) -> Pixels:
    upload = samples.upload(filename)
    if upload is None:
        raise Http404
    pixels = resize_and_crop(decode(upload.content()).rgb, preprocessing)
    pixels.flags.writeable = False
    return pixels
