"""The gallery as its page shows it: the classes first, then the stages from the input up, each with a sentence."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from recognizer.explain.gallery import Drawn, Gallery
from webui.gallery.exciting import Exciting
from webui.wording import class_name, stage_name


@dataclass(frozen=True)
class Picture:
    """A picture and what it is of."""

    file: str
    name: str
    alt: str
    mine: tuple[uuid.UUID, ...] = ()
    """The answers of the reader's own history whose pictures excite it most."""


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


def rooms(gallery: Gallery, mine: Exciting | None = None) -> list[Room]:
    """The rooms of a gallery, without those that are empty; with the reader's own pictures, if they were asked for."""
    found = [_classes(gallery), *(_stage(gallery, place) for place in range(len(gallery.stages)))]
    return [_with_own(room, mine) if mine else room for room in found if room.pictures]


def _with_own(room: Room, mine: Exciting) -> Room:
    pictures = (replace(picture, mine=tuple(mine.by_file.get(picture.file, ()))) for picture in room.pictures)
    return replace(room, pictures=tuple(pictures))


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
