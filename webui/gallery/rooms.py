"""The gallery as its page shows it: the classes first, then the stages from the input up, each with a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from recognizer.explain.gallery import Drawn, Gallery
from webui.wording import class_name, stage_name


@dataclass(frozen=True)
class Picture:
    """A picture and what it is of."""

    file: str
    name: str
    alt: str


@dataclass(frozen=True)
class Room:
    """Pictures that belong together."""

    key: str
    """For addresses within the page."""
    title: str
    sentence: str
    layer: str
    """Of which its filters are; empty for the classes."""
    channels: int
    size: int
    """Side of its pictures in pixels."""
    pictures: tuple[Picture, ...]


def rooms(gallery: Gallery) -> list[Room]:
    """The rooms of a gallery, without those that are empty."""
    found = [_classes(gallery), *(_stage(gallery, place) for place in range(len(gallery.stages)))]
    return [room for room in found if room.pictures]


def _classes(gallery: Gallery) -> Room:
    pictures = tuple(
        _picture(drawn, class_name(drawn.label), _("What “%(name)s” looks like to the network"))
        for drawn in gallery.classes
    )
    sentence = _(
        "Each picture began as grey and was changed until the network was as sure as it can be that it shows the class."
        " What repeats is what it goes by: where no whole animal is to be seen, it does not need one."
    )
    return Room("classes", _("The classes"), sentence, "", len(pictures), gallery.class_size, pictures)


def _stage(gallery: Gallery, place: int) -> Room:
    stage, of = gallery.stages[place], len(gallery.stages)
    pictures = tuple(
        _picture(drawn, str(drawn.channel), _("What filter %(name)s of %(layer)s looks for"), stage.layer)
        for drawn in stage.filters
    )
    sentence = _("%(shown)d of its %(all)d filters.") % {"shown": len(pictures), "all": stage.channels}
    return Room(
        f"stage-{place + 1}", stage_name(place, of), sentence, stage.layer, stage.channels, stage.size, pictures
    )


def _picture(drawn: Drawn, name: str, alt: str, layer: str = "") -> Picture:
    return Picture(drawn.file, name, alt % {"name": name, "layer": layer})
