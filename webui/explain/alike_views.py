"""It looks like these: the nearest pictures, and what the backbone's first teacher would call this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from recognizer.explain.known_pictures import KnownPictures
from recognizer.explain.neighbours import Neighbour
from recognizer.folders import command_line
from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.explain import own_pictures
from webui.explain.page import about_a_picture, shown
from webui.explain.subject import Subject
from webui.explain.workbench import opened
from webui.inference.admission import Weight


@dataclass(frozen=True)
class NearKnown:
    """One of the nearest known pictures."""

    number: int
    folder: str
    """Of the picture: its class, in a folder of class folders."""
    distance: float


@about_a_picture("look_alike")
def alike(request: HttpRequest, subject: Subject) -> HttpResponse:
    """`/look/<uuid>/alike/`: the nearest known pictures, or of the caller's own, some more each visit."""
    with opened(request, subject, weight=Weight.MEDIUM) as bench:
        looks = bench.looks()
        known = bench.workbench.known_pictures(bench.recognizer)
        own = None if known else own_pictures.nearest_own(bench, identify(request))
        if own:
            rate_limits.count_others(request, 1 + own.computed)
        context = {
            "own": own,
            "known": _named(known, known.nearest(looks.outputs.embedding[0])) if known else [],
            "to_embed": _to_embed() if known is None else None,
            "backbone_names": bench.recognizer.backbone_names(looks),
            "size": bench.picture.rgb.size,
        }
    return shown(request, "alike.html", subject, "look_alike", context)


def _to_embed() -> str | None:
    """The command that makes the pictures known; None where the owner keeps none on the server."""
    folder = settings.ENVIRONMENT.training_pictures
    return None if folder is None else command_line("recognizer", "embed", folder)


def _named(known: KnownPictures, found: Sequence[Neighbour]) -> list[NearKnown]:
    return [NearKnown(near.index, PurePosixPath(known.names[near.index]).parent.name, near.distance) for near in found]
