"""The chapters of the lesson, in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Chapter:
    """One page of the lesson."""

    slug: str
    """In its address, and the name of its template and of its script."""
    title: Promise
    short: Promise
    """The title where there is little room."""
    summary: Promise
    minutes: int
    """How long it takes somebody who tries what it asks."""
    needs_picture: bool = False
    """Whether the reader chooses a picture there."""

    @property
    def template(self) -> str:
        """Of the page."""
        return f"webui/lesson/{self.slug.replace('-', '_')}.html"

    @property
    def script(self) -> str:
        """As `{% static %}` takes it."""
        return f"webui/lesson/pages/{self.slug.replace('-', '_')}.js"


CHAPTERS = (
    Chapter(
        "convolution",
        _("A convolution by hand"),
        pgettext_lazy("chapter", "By hand"),
        _("A kernel slides over a small picture. Every number of the result is a sum of products that you can read."),
        9,
        needs_picture=True,
    ),
    Chapter(
        "sharing",
        _("The same weights everywhere"),
        pgettext_lazy("chapter", "Sharing"),
        _("Why a convolution needs a thousand weights where a fully connected layer needs a hundred million."),
        4,
    ),
    Chapter(
        "kinds",
        _("Kinds of convolution"),
        pgettext_lazy("chapter", "Kinds"),
        _("Grouped, dilated, separable, transposed, 1×1, deformable: where each looks, and what it costs."),
        5,
    ),
    Chapter(
        "first-layer",
        _("The first layer of this model"),
        pgettext_lazy("chapter", "First layer"),
        _("Its real kernels on a real picture, and what batch normalisation makes of the numbers."),
        4,
        needs_picture=True,
    ),
    Chapter(
        "scores",
        _("From numbers to scores"),
        pgettext_lazy("chapter", "Scores"),
        _("Softmax and its temperature, the loss of one answer, and dropout."),
        4,
    ),
    Chapter(
        "descent",
        _("One step downhill"),
        pgettext_lazy("chapter", "Downhill"),
        _("SGD, momentum and Adam take a step on the same slope."),
        4,
    ),
)

MINUTES = sum(chapter.minutes for chapter in CHAPTERS)
"""For all of them."""


def find(slug: str) -> Chapter | None:
    """The chapter at an address; None where there is none."""
    return next((chapter for chapter in CHAPTERS if chapter.slug == slug), None)


def neighbours(chapter: Chapter) -> tuple[Chapter | None, Chapter | None]:
    """The chapters before and after."""
    place = CHAPTERS.index(chapter)
    return CHAPTERS[place - 1] if place else None, CHAPTERS[place + 1] if place + 1 < len(CHAPTERS) else None
