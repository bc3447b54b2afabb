"""The parts of Look inside, in the order of their navigation.

A page elsewhere that belongs here, such as a gallery of what filters look for, is one more line of `PARTS`; it is
shown once there is an address of its name.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from webui.explain.subject import Subject


@dataclass(frozen=True)
class Part:
    """One part: a page about a picture."""

    name: str
    """Of its address."""
    title: Promise
    takes_picture: bool = True
    """Whether the picture is in its address; else it is a parameter of it, see `Subject.query`."""

    is_owners: bool = False
    """Whether it is for the owner of the picture alone, not for staff either."""

    def url(self, subject: Subject) -> str | None:
        """Its address for a picture; None where there is no such page, or it is not for the reader."""
        if self.is_owners and not subject.is_own:
            return None
        try:
            return subject.url(self.name) if self.takes_picture else f"{reverse(self.name)}?{subject.query}"
        except NoReverseMatch:
            return None


PARTS = (
    Part("look", gettext_lazy("Where it looked")),
    Part("look_cover", gettext_lazy("Cover and see")),
    Part("look_layers", gettext_lazy("Layer by layer")),
    Part("look_alike", pgettext_lazy("nearest pictures", "It looks like these")),
    Part("filters", gettext_lazy("What a filter looks for"), takes_picture=False),
    Part("dream_new", gettext_lazy("Deep Dream"), is_owners=True),
)


@dataclass(frozen=True)
class Tab:
    """A part as the navigation shows it."""

    title: Promise
    url: str
    is_here: bool


def tabs(subject: Subject, here: str) -> list[Tab]:
    """The parts that there are for a picture; `here` is the name of the one that is shown."""
    found = ((part, part.url(subject)) for part in PARTS)
    return [Tab(part.title, url, part.name == here) for part, url in found if url is not None]
