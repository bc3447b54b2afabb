"""What is looked into: the picture of an answer of the history, or a sample; and the addresses that belong to it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from webui.accounts.identity import Caller, identify
from webui.classify import samples
from webui.history import pictures
from webui.history.lookup import find
from webui.history.models import Answer

_OF_SAMPLES = "sample_"
"""What the names of the samples' addresses begin with."""


@dataclass(frozen=True)
class Subject:
    """A picture that somebody may look into."""

    key: str
    """By which a process knows it again."""
    filename: str
    description: str | Promise
    """What it is, for those who do not see it."""
    picture_url: str
    answer: Answer | None = None
    """None of a sample."""
    is_own: bool = False
    """Whether it is the answer to a picture of the reader's own."""

    def read(self) -> bytes | None:
        """The file of the picture; None where it is gone."""
        if self.answer is not None:
            return pictures.read(self.answer.id)
        sent = samples.upload(self.filename)
        return None if sent is None else sent.content()

    def url(self, name: str, **arguments: object) -> str:
        """The address of this name for this picture: `look`, `look_layers` ..."""
        if self.answer is not None:
            return reverse(name, kwargs={"answer_id": self.answer.id, **arguments})
        return reverse(f"{_OF_SAMPLES}{name}", kwargs={"sample": self.filename, **arguments})

    @property
    def query(self) -> str:
        """The same picture for pages that take it as a parameter: `picture=<id>` or `sample=hen.jpg`."""
        return f"picture={self.answer.id}" if self.answer is not None else f"{samples.FIELD}={self.filename}"


def find_subject(request: HttpRequest, answer_id: uuid.UUID | None = None, sample: str | None = None) -> Subject:
    """The picture that an address names.

    Raises:
        Http404: there is none that the caller may see.
    """
    if answer_id is not None:
        caller = identify(request)
        answer = find(answer_id, caller)
        if answer is None:
            raise Http404
        description = gettext_lazy("The classified picture")
        picture_url = reverse("picture", args=[answer.id])
        return Subject(
            f"answer {answer.id}", answer.filename, description, picture_url, answer, is_own=_is_own(answer, caller)
        )
    for known in samples.SAMPLES:
        if known.filename == sample:
            return Subject(f"sample {sample}", sample, known.description, static(known.static_path))
    raise Http404


def _is_own(answer: Answer, caller: Caller) -> bool:
    if caller.user is not None:
        return answer.user_id == caller.user.pk
    return bool(caller.visitor) and answer.visitor == caller.visitor
